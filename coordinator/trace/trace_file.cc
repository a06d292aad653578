#include "coordinator/trace/trace_file.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/arrivals/arrival_spec.h"
#include "common/base/sha256.h"
#include "common/words/decimal.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

// Functions are columns in some traces: thousands of them.
constexpr CsvLimits kLimits = {.most_fields = 100'000,
                               .needs_last_break = false};

}  // namespace

struct TraceFile::Hashed {
  Sha256Stream hash;
  uint64_t bytes = 0;
};

absl::StatusOr<TraceFile> TraceFile::Open(const std::string& path) {
  absl::StatusOr<ByteSource> plain = OpenPlainFile(path);
  if (!plain.ok()) return plain.status();
  auto hashed = std::make_shared<Hashed>();
  ByteSource source = [plain = *std::move(plain), hashed](
                          char* into, size_t most) -> absl::StatusOr<size_t> {
    absl::StatusOr<size_t> got = plain(into, most);
    if (got.ok()) {
      hashed->hash.Add({into, *got});
      hashed->bytes += *got;
    }
    return got;
  };
  TraceFile file(CsvReader(std::move(source), path, kLimits), path,
                 std::move(hashed));
  const absl::StatusOr<bool> has_header = file.Next();
  if (!has_header.ok()) return has_header.status();
  if (!*has_header) return file.Error("is empty, expected a header");
  for (const absl::string_view name : file.reader_.fields()) {
    file.header_.emplace_back(absl::StripAsciiWhitespace(name));
  }
  return file;
}

absl::StatusOr<size_t> TraceFile::Column(absl::string_view name) const {
  std::optional<size_t> found;
  for (size_t i = 0; i < header_.size(); ++i) {
    if (header_[i] != name) continue;
    if (found) {
      return absl::InvalidArgumentError(absl::StrCat(
          path_, ":1: has two columns ", QuotedField(name), ", expected one"));
    }
    found = i;
  }
  if (found) return *found;
  std::vector<std::string> names;
  for (const std::string& column : header_) {
    constexpr size_t kShown = 20;
    if (names.size() == kShown) break;
    names.push_back(QuotedField(column));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(path_, ":1: has no column ", QuotedField(name), ", found ",
                   Counted(header_.size(), "column"), ": ", FirstFew(names)));
}

bool TraceFile::IsMissing(size_t column) const {
  return cell(column).empty() || absl::EqualsIgnoreCase(cell(column), "nan");
}

absl::StatusOr<uint32_t> TraceFile::Count(size_t column) const {
  const std::optional<uint32_t> calls = ParseCalls(cell(column));
  if (calls) return *calls;
  return CellError(
      column, absl::StrCat("a whole number of calls, 0 to ", kMaxCallsAtOnce));
}

absl::Status TraceFile::CellError(size_t column,
                                  absl::string_view expectation) const {
  return Error(QuotedField(header_[column]), " is ", QuotedField(cell(column)),
               ", expected ", expectation);
}

TraceSource TraceFile::Source() const {
  TraceSource source = {path_, hashed_->bytes,
                        std::string(kSha256HexBytes, '\0')};
  WriteHex(hashed_->hash.Finish(), source.sha256.data());
  return source;
}

std::optional<uint32_t> ParseCalls(absl::string_view text) {
  // A day has millions of cells, nearly all of them a few digits.
  constexpr size_t kFewDigits = 9;
  if (!text.empty() && text.size() <= kFewDigits) {
    uint32_t value = 0;
    size_t at = 0;
    for (; at < text.size(); ++at) {
      const auto digit = static_cast<uint32_t>(text[at] - '0');
      if (digit > 9) break;
      value = value * 10 + digit;
    }
    if (at == text.size()) return value;
  }
  const absl::string_view number = absl::StripAsciiWhitespace(text);
  const std::optional<int64_t> value =
      IsDecimal(number) ? ScaledDecimal(number, 0) : std::nullopt;
  if (!value || *value > int64_t{kMaxCallsAtOnce}) return std::nullopt;
  return static_cast<uint32_t>(*value);
}

std::optional<double> ParseFinite(absl::string_view text) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

}  // namespace invocator
