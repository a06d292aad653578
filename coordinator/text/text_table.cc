#include "coordinator/text/text_table.h"

#include <algorithm>
#include <utility>

#include "common/words/foreign_text.h"
#include "coordinator/text/display_width.h"

namespace invocator {

TextTable::TextTable(std::vector<std::string> headings) {
  AddRow(std::move(headings));
}

void TextTable::AddRow(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = CleanLine(cell);
  rows_.push_back(std::move(cells));
}

std::string TextTable::ToString() const {
  const size_t columns = rows_.front().size();
  std::vector<size_t> widths(columns);
  for (const auto& row : rows_) {
    for (size_t c = 0; c < columns; ++c) {
      widths[c] = std::max(widths[c], DisplayWidth(row[c]));
    }
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t c = 0; c < columns; ++c) {
      const bool left = c == 0 || c + 1 == columns;
      if (c > 0) line += "  ";
      line += left ? PadRight(row[c], widths[c]) : PadLeft(row[c], widths[c]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace invocator
