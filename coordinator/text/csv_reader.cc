#include "coordinator/text/csv_reader.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "common/words/foreign_text.h"
#include "common/words/utf8.h"

namespace invocator {
namespace {

constexpr size_t kFirstBufferBytes = size_t{256} * 1024;

// The first `c` in [from, to), or `to`.
const char* Find(const char* from, const char* to, char c) {
  const void* const found =
      std::memchr(from, c, static_cast<size_t>(to - from));
  return found != nullptr ? static_cast<const char*>(found) : to;
}

absl::string_view View(const char* from, const char* to) {
  return {from, static_cast<size_t>(to - from)};
}

// Moves [from, to) down to `out`. Returns its new end.
char* Move(const char* from, const char* to, char* out) {
  const auto size = static_cast<size_t>(to - from);
  std::memmove(out, from, size);
  return out + size;
}

// Kinds of bytes in a row that need checks.
struct Bytes {
  bool has_high = false;
  bool has_zero_or_cr = false;
};

// One pass without branches, which compilers turn into vector instructions.
Bytes Inspect(absl::string_view text) {
  unsigned char high = 0;
  unsigned char special = 0;
  for (const char c : text) {
    high |= static_cast<unsigned char>(c);
    special |= static_cast<unsigned char>((c == '\0') | (c == '\r'));
  }
  return {high >= 0x80, special != 0};
}

}  // namespace

CsvReader::CsvReader(ByteSource source, std::string file, CsvLimits limits)
    : source_(std::move(source)),
      file_(std::move(file)),
      limits_(limits),
      buffer_(kFirstBufferBytes) {}

absl::StatusOr<CsvReader> CsvReader::Open(const std::string& path,
                                          CsvLimits limits) {
  absl::StatusOr<ByteSource> source = OpenPlainFile(path);
  if (!source.ok()) return source.status();
  return CsvReader(*std::move(source), path, limits);
}

absl::StatusOr<bool> CsvReader::Next() {
  fields_.clear();
  line_ = next_line_;
  if (line_ == 1 && width_ == 0) {
    absl::Status status = SkipByteOrderMark();
    if (!status.ok()) return status;
  }
  const absl::StatusOr<Row> row = FetchRow();
  if (!row.ok()) return row.status();
  if (row->size == 0) return false;
  char* const text = &buffer_[begin_];
  begin_ += row->size;
  size_t size = row->size;
  if (!row->is_torn) {
    --size;
    if (size > 0 && text[size - 1] == '\r') --size;
  }
  next_line_ += row->has_quotes ? std::count(text, text + row->size, '\n') : 1;
  absl::Status status =
      row->has_quotes ? SplitQuoted(text, size) : Split({text, size});
  if (!status.ok()) return status;
  if (row->is_torn && limits_.needs_last_break) {
    return Error("found the end after ", QuotedField(fields_.back()),
                 ", expected a comma or a line break");
  }
  if (width_ == 0) width_ = fields_.size();
  if (fields_.size() == width_) return true;
  return Error("row has ", fields_.size(), " fields, expected ", width_);
}

absl::StatusOr<CsvReader::Row> CsvReader::FetchRow() {
  Row row;
  bool in_quotes = false;
  size_t seen = 0;   // of the row's bytes
  size_t until = 0;  // no line break in [seen, until)
  while (true) {
    // The buffer may have moved.
    const char* const text = buffer_.data() + begin_;
    const size_t size = end_ - begin_;
    while (seen < size) {
      if (in_quotes) {
        const char* const quote = Find(text + seen, text + size, '"');
        in_quotes = quote == text + size;
        seen = static_cast<size_t>(quote - text) + (in_quotes ? 0 : 1);
        continue;
      }
      until = std::max(seen, until);
      until = static_cast<size_t>(Find(text + until, text + size, '\n') - text);
      const char* const quote = Find(text + seen, text + until, '"');
      if (quote != text + until) {
        row.has_quotes = in_quotes = true;
        seen = static_cast<size_t>(quote - text) + 1;
      } else if (until < size) {
        row.size = until + 1;
        break;
      } else {
        seen = size;
      }
    }
    if (std::max(row.size, seen) > limits_.most_row_bytes) {
      return Error("row is longer than ", limits_.most_row_bytes, " bytes",
                   in_quotes ? ", in a field without a closing quote" : "");
    }
    if (row.size > 0) return row;
    const absl::StatusOr<bool> more = Refill();
    if (!more.ok()) return more.status();
    if (*more) continue;
    row.size = end_ - begin_;
    row.is_torn = true;
    return row;
  }
}

absl::StatusOr<bool> CsvReader::Refill() {
  if (source_ended_) return false;
  if (begin_ > 0) {
    std::copy(buffer_.data() + begin_, buffer_.data() + end_, buffer_.data());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    // One byte more than allowed proves that the row is too long.
    buffer_.resize(std::max(
        end_ + 1, std::min(2 * buffer_.size(), limits_.most_row_bytes + 1)));
  }
  const absl::StatusOr<size_t> got =
      source_(buffer_.data() + end_, buffer_.size() - end_);
  if (!got.ok()) return got.status();
  end_ += *got;
  source_ended_ = *got == 0;
  return !source_ended_;
}

absl::Status CsvReader::SkipByteOrderMark() {
  while (end_ - begin_ < kByteOrderMark.size()) {
    const absl::StatusOr<bool> more = Refill();
    if (!more.ok()) return more.status();
    if (!*more) break;
  }
  if (absl::StartsWith({buffer_.data(), end_}, kByteOrderMark))
    begin_ = kByteOrderMark.size();
  return absl::OkStatus();
}

absl::Status CsvReader::Split(absl::string_view row) {
  const size_t most = width_ > 0 ? width_ : limits_.most_fields;
  const char* const end = row.data() + row.size();
  const char* begin = row.data();
  // Fields are short: a search by memchr costs more than this loop.
  for (const char* at = begin; at != end; ++at) {
    if (*at != ',') continue;
    fields_.push_back(View(begin, at));
    begin = at + 1;
    if (fields_.size() == most) {
      return Error("row has more than ", most, " fields");
    }
  }
  fields_.push_back(View(begin, end));
  return CheckCharacters(row);
}

absl::Status CsvReader::CheckCharacters(absl::string_view row) const {
  const Bytes bytes = Inspect(row);
  if (!bytes.has_high && !bytes.has_zero_or_cr) return absl::OkStatus();
  for (const absl::string_view field : fields_) {
    if (absl::StrContains(field, '\0')) {
      return Error("field is ", QuotedField(field),
                   ", expected text without zero bytes");
    }
    if (FirstInvalidUtf8(field).has_value()) {
      return Error("field is ", QuotedField(field), ", expected UTF-8");
    }
    // Of a row without quotes; others may have it inside them.
    const size_t cr = field.find('\r');
    if (cr != absl::string_view::npos) {
      return Error("found ", QuotedField("\r"), " after ",
                   QuotedField(field.substr(0, cr)),
                   ", expected a comma or a line break");
    }
  }
  return absl::OkStatus();
}

absl::Status CsvReader::SplitQuoted(char* row, size_t size) {
  char* const end = row + size;
  char* at = row;
  while (true) {
    const bool quoted = at != end && *at == '"';
    char* const begin = quoted ? at + 1 : at;
    char* out = begin;  // end of the field's text
    if (quoted) {
      for (at = begin;; ++at) {
        char* const quote = std::find(at, end, '"');
        if (quote == end) {
          out = Move(at, end, out);
          return Error("field ", QuotedField(View(begin, out)),
                       " has no closing quote");
        }
        const bool doubled = quote + 1 != end && quote[1] == '"';
        out = Move(at, doubled ? quote + 1 : quote, out);
        at = quote + 1;
        if (!doubled) break;
      }
    } else {
      constexpr absl::string_view kStops = ",\"\r";
      at = std::find_first_of(begin, end, kStops.begin(), kStops.end());
      out = at;
    }
    absl::Status status = AddField(View(begin, out));
    if (!status.ok()) return status;
    if (at == end) return absl::OkStatus();
    if (*at != ',') {
      return Error("found ", QuotedField({at, 1}), " after ",
                   QuotedField(fields_.back()),
                   ", expected a comma or a line break");
    }
    ++at;
  }
}

absl::Status CsvReader::AddField(absl::string_view field) {
  const size_t most = width_ > 0 ? width_ : limits_.most_fields;
  if (fields_.size() == most) {
    return Error("row has more than ", most, " fields");
  }
  if (absl::StrContains(field, '\0')) {
    return Error("field is ", QuotedField(field),
                 ", expected text without zero bytes");
  }
  if (FirstInvalidUtf8(field).has_value()) {
    return Error("field is ", QuotedField(field), ", expected UTF-8");
  }
  fields_.push_back(field);
  return absl::OkStatus();
}

std::string QuotedField(absl::string_view text) {
  constexpr size_t kMostBytes = 80;
  return absl::StrCat("\"", CleanLine(text, kMostBytes), "\"");
}

}  // namespace invocator
