// Reads CSV text row by row, strictly by RFC 4180: quotes only around whole
// fields, and doubled inside them; every row ends with a line break and has as
// many fields as the first.
//
// Borrows the text, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_TEXT_CSV_READER_H_
#define INVOCATOR_COORDINATOR_TEXT_CSV_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace invocator {

class CsvReader {
 public:
  static constexpr size_t kMostFields = 1'000;

  // `file` is for messages.
  CsvReader(absl::string_view text, std::string file)
      : rest_(text), file_(std::move(file)) {}

  // Reads the next row into fields(). False at the end. INVALID_ARGUMENT for
  // text of another form, zero bytes, bytes that are not UTF-8, and more than
  // kMostFields in a row.
  absl::StatusOr<bool> Next();

  // Fields of the last row. Valid until the next call of Next.
  const std::vector<std::string>& fields() const { return fields_; }
  // Line, from 1, at which the last row begins.
  int64_t line() const { return line_; }

  // An error of the last row: "file:line: ...".
  template <typename... Args>
  absl::Status Error(const Args&... args) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", line_, ": ", args...));
  }

 private:
  // Takes a field and the comma or line break after it. Returns whether the row
  // continues.
  absl::StatusOr<bool> TakeField();
  absl::Status TakeQuoted(std::string& field);
  bool TakeLineBreak();

  absl::string_view rest_;
  const std::string file_;
  std::vector<std::string> fields_;
  size_t width_ = 0;  // fields of the first row
  int64_t line_ = 0;
  int64_t next_line_ = 1;
};

// `text` as messages quote it: one clean line, shortened.
std::string QuotedField(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_CSV_READER_H_
