#include "coordinator/timeline/histogram_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/http/percent.h"
#include "common/words/foreign_text.h"
#include "common/words/utf8.h"
#include "coordinator/timeline/hdr_payload.h"

namespace invocator {
namespace {

constexpr char kVersion[] = "#[Histogram log format version ";
constexpr char kLegend[] =
    R"("StartTimestamp","Interval_Length","Interval_Max",)"
    R"("Interval_Compressed_Histogram")";
constexpr double kNsPerMs = 1e6;
// Room for a payload of 9 bytes per cell that zlib cannot shrink, in base64,
// and for the other fields.
constexpr size_t kMaxLineBytes = size_t{512} * 1024;
static_assert(kMaxLineBytes > kMaxHdrBytes * 3 / 2 + 4096);
constexpr size_t kMaxQuotedBytes = 80;

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", CleanLine(text, kMaxQuotedBytes), "\"");
}

absl::string_view ScopePrefix(HistogramScope scope) {
  constexpr absl::string_view kPrefixes[] = {"", "measured/", "warmup/"};
  return kPrefixes[static_cast<size_t>(scope)];
}

double IntervalMaxMs(const Histogram& histogram) {
  if (histogram.count() == 0) return 0;
  return static_cast<double>(Histogram::CellHighestNs(
             Histogram::CellIndex(histogram.max_ns()))) /
         kNsPerMs;
}

// Accepts digits and points; SimpleAtod refuses more than one point.
absl::StatusOr<double> ParseDecimal(absl::string_view name,
                                    absl::string_view text) {
  double value = 0;
  const bool is_decimal =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '.';
      });
  if (!is_decimal || !absl::SimpleAtod(text, &value) ||
      value > kMaxHistogramLogSeconds) {
    return Invalid(name, " is ", Quoted(text), ", expected a number from 0 to ",
                   kMaxHistogramLogSeconds);
  }
  return value;
}

// Nullopt for a line of another scope than `scope`, if given.
absl::StatusOr<std::optional<HistogramLogLine>> ParseLine(
    absl::string_view text, std::optional<HistogramScope> scope) {
  HistogramLogLine line;
  if (absl::ConsumePrefix(&text, "Tag=")) {
    const size_t end = std::min(text.find(','), text.size());
    std::optional<HistogramTag> tag = ParseHistogramTag(text.substr(0, end));
    if (!tag.has_value()) {
      return Invalid("tag is ", Quoted(text.substr(0, end)),
                     ", expected METRIC or METRIC/INSTANCE, percent-encoded");
    }
    line.tag = *std::move(tag);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (scope && line.tag.scope != *scope) return std::nullopt;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(text, absl::MaxSplits(',', 3));
  if (fields.size() != 4) {
    return Invalid("line has ", fields.size(),
                   " fields, expected a start, a length, a maximum and a "
                   "histogram");
  }
  const absl::StatusOr<double> start = ParseDecimal("start", fields[0]);
  if (!start.ok()) return start.status();
  const absl::StatusOr<double> length = ParseDecimal("length", fields[1]);
  if (!length.ok()) return length.status();
  const absl::StatusOr<double> max = ParseDecimal("maximum", fields[2]);
  if (!max.ok()) return max.status();
  absl::StatusOr<Histogram> histogram = FromHdrPayload(fields[3]);
  if (!histogram.ok()) return histogram.status();
  line.start_s = *start;
  line.length_s = *length;
  line.histogram = *std::move(histogram);
  return line;
}

// Parses a log line by line, and checks the order of lines. Pure.
class LogParser {
 public:
  explicit LogParser(std::optional<HistogramScope> scope) : scope_(scope) {}

  // A line without its line break. Nullopt for one that holds no histogram.
  absl::StatusOr<std::optional<HistogramLogLine>> Parse(
      absl::string_view text) {
    if (absl::StartsWith(text, "#")) {
      absl::Status status = ParseComment(text);
      if (!status.ok()) return status;
      return std::nullopt;
    }
    if (awaited_ == Awaited::kVersionLine) {
      return Invalid("line is ", Quoted(text), ", expected \"", kVersion,
                     "1.3]\"");
    }
    if (awaited_ == Awaited::kLegendLine) {
      if (text != kLegend) {
        return Invalid("line is ", Quoted(text), ", expected ", kLegend);
      }
      awaited_ = Awaited::kHistogramLine;
      return std::nullopt;
    }
    return ParseLine(text, scope_);
  }

  // Checks at the end of the log that it was complete.
  absl::Status Finish() const {
    if (awaited_ == Awaited::kHistogramLine) return absl::OkStatus();
    return Invalid("ends before ", awaited_ == Awaited::kVersionLine
                                       ? absl::StrCat(kVersion, "1.3]")
                                       : kLegend);
  }

 private:
  enum class Awaited { kVersionLine, kLegendLine, kHistogramLine };

  absl::Status ParseComment(absl::string_view text) {
    absl::string_view version = text;
    if (!absl::ConsumePrefix(&version, kVersion)) return absl::OkStatus();
    if (version != "1.3]" && version != "1.2]") {
      return Invalid("line is ", Quoted(text), ", expected version 1.3 or 1.2");
    }
    if (awaited_ == Awaited::kVersionLine) awaited_ = Awaited::kLegendLine;
    return absl::OkStatus();
  }

  const std::optional<HistogramScope> scope_;
  Awaited awaited_ = Awaited::kVersionLine;
};

// Reads a line without its line break. Nullopt at the end.
absl::StatusOr<std::optional<absl::string_view>> ReadLine(std::FILE* file,
                                                          std::string& line) {
  line.clear();
  int c;
  // The file is ours alone. NOLINTNEXTLINE(concurrency-mt-unsafe)
  while ((c = getc_unlocked(file)) != EOF && c != '\n') {
    if (line.size() == kMaxLineBytes) {
      return Invalid("line is longer than ", kMaxLineBytes, " bytes");
    }
    line += static_cast<char>(c);
  }
  if (std::ferror(file)) return absl::ErrnoToStatus(errno, "cannot be read");
  if (c == EOF && line.empty()) return std::nullopt;
  return line;
}

}  // namespace

std::string HistogramTagText(const HistogramTag& tag) {
  std::string text =
      absl::StrCat(ScopePrefix(tag.scope), PercentEncode(tag.metric));
  if (!tag.instance.empty()) {
    absl::StrAppend(&text, "/", PercentEncode(tag.instance));
  }
  return text;
}

std::optional<HistogramTag> ParseHistogramTag(absl::string_view text) {
  absl::string_view rest = text;
  HistogramScope scope = HistogramScope::kBin;
  for (const HistogramScope phase :
       {HistogramScope::kMeasured, HistogramScope::kWarmup}) {
    if (absl::ConsumePrefix(&rest, ScopePrefix(phase))) {
      scope = phase;
      break;
    }
  }
  const std::pair<absl::string_view, absl::string_view> names =
      absl::StrSplit(rest, absl::MaxSplits('/', 1));
  HistogramTag tag = {PercentDecode(names.first), PercentDecode(names.second),
                      scope};
  if (tag.metric.empty() || FirstInvalidUtf8(tag.metric).has_value() ||
      FirstInvalidUtf8(tag.instance).has_value() ||
      HistogramTagText(tag) != text) {
    return std::nullopt;
  }
  return tag;
}

absl::StatusOr<std::unique_ptr<HistogramLogWriter>> HistogramLogWriter::Create(
    const std::string& path, absl::Time start, Readers readers) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                      readers == Readers::kOwner ? 0600 : 0666);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  std::FILE* const file = fdopen(fd, "w");
  if (file == nullptr) {
    absl::Status status = absl::ErrnoToStatus(errno, path);
    close(fd);
    return status;
  }
  std::unique_ptr<HistogramLogWriter> writer(
      new HistogramLogWriter(path, file));
  writer->Write(absl::StrFormat(
      "%s1.3]\n#[StartTime: %.3f (seconds since epoch), %s]\n%s\n", kVersion,
      absl::ToDoubleSeconds(start - absl::UnixEpoch()),
      absl::FormatTime("%a %b %d %H:%M:%S UTC %Y", start, absl::UTCTimeZone()),
      kLegend));
  return writer;
}

HistogramLogWriter::HistogramLogWriter(std::string path, std::FILE* file)
    : path_(std::move(path)), file_(file) {}

HistogramLogWriter::~HistogramLogWriter() { Close().IgnoreError(); }

void HistogramLogWriter::Add(const HistogramTag& tag, double start_s,
                             double length_s, const Histogram& histogram) {
  if (!status_.ok()) return;
  if (histogram.count() > static_cast<uint64_t>(INT64_MAX)) {
    status_ = absl::OutOfRangeError(
        absl::StrCat(path_, ": ", HistogramTagText(tag), " has ",
                     histogram.count(), " values, expected less than 2^63"));
    return;
  }
  Write(absl::StrFormat("%s%s%s%.3f,%.3f,%.3f,%s\n",
                        tag.metric.empty() ? "" : "Tag=", HistogramTagText(tag),
                        tag.metric.empty() ? "" : ",", start_s, length_s,
                        IntervalMaxMs(histogram), ToHdrPayload(histogram)));
}

void HistogramLogWriter::Write(absl::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) {
    status_ = absl::ErrnoToStatus(errno, path_);
  }
}

absl::Status HistogramLogWriter::Close() {
  if (file_ == nullptr) return status_;
  if (std::fclose(std::exchange(file_, nullptr)) != 0 && status_.ok()) {
    status_ = absl::ErrnoToStatus(errno, path_);
  }
  return status_;
}

absl::Status ReadHistogramLog(
    const std::string& path,
    absl::FunctionRef<absl::Status(HistogramLogLine)> visit,
    std::optional<HistogramScope> scope) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen(path.c_str(), "re"), &std::fclose);
  if (file == nullptr) return absl::ErrnoToStatus(errno, path);
  LogParser parser(scope);
  std::string buffer;
  for (int64_t number = 1;; ++number) {
    auto at = [&](const absl::Status& status) {
      return absl::Status(status.code(), absl::StrCat(path, ":", number, ": ",
                                                      status.message()));
    };
    const auto text = ReadLine(file.get(), buffer);
    if (!text.ok()) return at(text.status());
    if (!text->has_value()) break;
    auto line = parser.Parse(**text);
    if (!line.ok()) return at(line.status());
    if (!line->has_value()) continue;
    absl::Status status = visit(**std::move(line));
    if (!status.ok()) return at(status);
  }
  absl::Status status = parser.Finish();
  if (status.ok()) return status;
  return Invalid(path, ": ", status.message());
}

}  // namespace invocator
