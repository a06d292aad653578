// Reads CSV row by row, strictly by RFC 4180: quotes only around whole fields,
// and doubled inside them; every row has as many fields as the first. Skips a
// byte order mark; rows end with LF or CRLF.
//
// Streams: memory is bounded by the limits, whatever the source holds.
// Thread-compatible.
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
#include "coordinator/text/byte_source.h"

namespace invocator {

struct CsvLimits {
  size_t most_fields = 1'000;  // of a row
  size_t most_row_bytes = size_t{16} * 1024 * 1024;
  // Refuses a last row without a line break: a file cut short.
  bool needs_last_break = true;
};

class CsvReader {
 public:
  // `file`: name for messages. Borrows what the source borrows.
  CsvReader(ByteSource source, std::string file, CsvLimits limits = {});

  // Plain files only. Errors as of OpenPlainFile.
  static absl::StatusOr<CsvReader> Open(const std::string& path,
                                        CsvLimits limits = {});

  // Reads the next row into fields(). False at the end. INVALID_ARGUMENT for
  // text of another form, zero bytes, bytes that are not UTF-8, and more than
  // the limits allow; else the source's errors.
  absl::StatusOr<bool> Next();

  // Fields of the last row. Valid until the next call of Next.
  const std::vector<absl::string_view>& fields() const { return fields_; }
  // Line, from 1, at which the last row begins.
  int64_t line() const { return line_; }

  // An error of the last row: "file:line: ...".
  template <typename... Args>
  absl::Status Error(const Args&... args) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", line_, ": ", args...));
  }

 private:
  // A row's bytes in the buffer, with its line break.
  struct Row {
    size_t size = 0;
    bool has_quotes = false;
    bool is_torn = false;  // ends with the source
  };

  // Brings the next row into the buffer, at begin_. Its size is 0 at the end.
  absl::StatusOr<Row> FetchRow();
  // Reads more into the buffer, growing it if it is full of one row. False at
  // the source's end.
  absl::StatusOr<bool> Refill();
  absl::Status SkipByteOrderMark();

  absl::Status Split(absl::string_view row);
  absl::Status CheckCharacters(absl::string_view row) const;
  // Splits a row with quotes; replaces doubled quotes in place.
  absl::Status SplitQuoted(char* row, size_t size);
  absl::Status AddField(absl::string_view field);

  ByteSource source_;
  std::string file_;
  CsvLimits limits_;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // of the bytes not yet read
  size_t end_ = 0;
  bool source_ended_ = false;
  std::vector<absl::string_view> fields_;
  size_t width_ = 0;  // fields of the first row
  int64_t line_ = 0;
  int64_t next_line_ = 1;
};

// `text` as messages quote it: one clean line, shortened.
std::string QuotedField(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_CSV_READER_H_
