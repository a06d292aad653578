// Lays out rows of text in columns: words to the left, numbers to the right.
#ifndef INVOCATOR_COORDINATOR_TEXT_TEXT_TABLE_H_
#define INVOCATOR_COORDINATOR_TEXT_TEXT_TABLE_H_

#include <string>
#include <vector>

namespace invocator {

class TextTable {
 public:
  explicit TextTable(std::vector<std::string> headings);

  // A cell becomes one clean line (common/words/foreign_text.h). REQUIRES: as
  // many cells as headings
  void AddRow(std::vector<std::string> cells);

  // One line per row, the headings first. Columns are right-aligned except
  // the first and the last. Widths are in terminal columns
  // (coordinator/text/display_width.h).
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_TEXT_TABLE_H_
