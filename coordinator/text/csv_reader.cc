#include "coordinator/text/csv_reader.h"

#include <algorithm>

#include "absl/strings/strip.h"
#include "common/words/foreign_text.h"
#include "common/words/utf8.h"

namespace invocator {

absl::StatusOr<bool> CsvReader::Next() {
  fields_.clear();
  line_ = next_line_;
  if (rest_.empty()) return false;
  const size_t most = width_ > 0 ? width_ : kMostFields;
  for (bool more = true; more;) {
    if (fields_.size() == most) {
      return Error("row has more than ", most, " fields");
    }
    absl::StatusOr<bool> taken = TakeField();
    if (!taken.ok()) return taken.status();
    more = *taken;
  }
  if (width_ == 0) width_ = fields_.size();
  if (fields_.size() == width_) return true;
  return Error("row has ", fields_.size(), " fields, expected ", width_);
}

absl::StatusOr<bool> CsvReader::TakeField() {
  std::string field;
  if (absl::ConsumePrefix(&rest_, "\"")) {
    absl::Status status = TakeQuoted(field);
    if (!status.ok()) return status;
  } else {
    const size_t end = std::min(rest_.find_first_of(",\"\r\n"), rest_.size());
    field = std::string(rest_.substr(0, end));
    rest_.remove_prefix(end);
  }
  if (field.find('\0') != std::string::npos) {
    return Error("field is ", QuotedField(field),
                 ", expected text without zero bytes");
  }
  if (FirstInvalidUtf8(field).has_value()) {
    return Error("field is ", QuotedField(field), ", expected UTF-8");
  }
  fields_.push_back(std::move(field));
  if (absl::ConsumePrefix(&rest_, ",")) return true;
  if (TakeLineBreak()) return false;
  return Error("found ",
               rest_.empty() ? "the end" : QuotedField(rest_.substr(0, 1)),
               " after ", QuotedField(fields_.back()),
               ", expected a comma or a line break");
}

absl::Status CsvReader::TakeQuoted(std::string& field) {
  while (true) {
    const size_t end = rest_.find('"');
    if (end == absl::string_view::npos) {
      return Error("field ",
                   QuotedField(absl::StrCat(field, rest_.substr(0, 80))),
                   " has no closing quote");
    }
    const absl::string_view part = rest_.substr(0, end);
    field.append(part.data(), part.size());
    next_line_ += std::count(part.begin(), part.end(), '\n');
    rest_.remove_prefix(end + 1);
    if (!absl::ConsumePrefix(&rest_, "\"")) return absl::OkStatus();
    field += '"';
  }
}

bool CsvReader::TakeLineBreak() {
  if (!absl::ConsumePrefix(&rest_, "\n") &&
      !absl::ConsumePrefix(&rest_, "\r\n")) {
    return false;
  }
  ++next_line_;
  return true;
}

std::string QuotedField(absl::string_view text) {
  constexpr size_t kMostBytes = 80;
  return absl::StrCat("\"", CleanLine(text, kMostBytes), "\"");
}

}  // namespace invocator
