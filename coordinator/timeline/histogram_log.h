// Writes and reads histograms.hlog, a HdrHistogram log (format 1.3) with one
// line per histogram. Common tools plot and merge such logs.
//
//   #[Histogram log format version 1.3]
//   #[StartTime: 1441812279.474 (seconds since epoch), Wed Sep 09 ...]
//   "StartTimestamp","Interval_Length","Interval_Max",...
//   Tag=response/f,0.000,1.000,2.769,HISTFAAAAEV42pNpmSz...
//
// Values are nanoseconds; starts are seconds since StartTime, with three
// decimals; Interval_Max is the end of the last cell in milliseconds. Source:
// HdrHistogram's HistogramLogWriter.java and HistogramLogScanner.java.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_HISTOGRAM_LOG_H_
#define INVOCATOR_COORDINATOR_TIMELINE_HISTOGRAM_LOG_H_

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/result/histogram.h"
#include "coordinator/text/text_file.h"

namespace invocator {

// Calls that a line's histogram covers: those of a bin or of a phase.
enum class HistogramScope { kBin, kMeasured, kWarmup };

// Tag of a line: "Tag=METRIC" or "Tag=METRIC/INSTANCE", with the prefix
// "measured/" or "warmup/" for a phase. Without a metric the line has no tag.
struct HistogramTag {
  std::string metric;
  std::string instance = {};  // empty: all instances
  HistogramScope scope = HistogramScope::kBin;

  bool operator==(const HistogramTag&) const = default;
};

// Percent-encodes names, so that they have no comma, slash or blank.
std::string HistogramTagText(const HistogramTag& tag);

// Nullopt unless `text` is HistogramTagText of UTF-8 names.
std::optional<HistogramTag> ParseHistogramTag(absl::string_view text);

// Thread-compatible. Keeps the first error and discards later lines, since a
// full disk must not end a run.
class HistogramLogWriter {
 public:
  // Creates `path`. `start` is StartTime.
  static absl::StatusOr<std::unique_ptr<HistogramLogWriter>> Create(
      const std::string& path, absl::Time start,
      Readers readers = Readers::kUmask);
  ~HistogramLogWriter();
  HistogramLogWriter(const HistogramLogWriter&) = delete;
  HistogramLogWriter& operator=(const HistogramLogWriter&) = delete;

  // REQUIRES: 0 <= start_s, length_s <= kMaxHistogramLogSeconds; no instance or
  // phase without a metric. OUT_OF_RANGE for 2^63 values, which the format
  // cannot hold.
  void Add(const HistogramTag& tag, double start_s, double length_s,
           const Histogram& histogram);

  // Flushes the buffer and closes the file. Returns the first error of all
  // writes.
  absl::Status Close();

  const absl::Status& status() const { return status_; }

 private:
  HistogramLogWriter(std::string path, std::FILE* file);

  void Write(absl::string_view text);

  const std::string path_;
  std::FILE* file_;  // null once closed
  absl::Status status_;
};

// Includes seconds since the epoch, which other writers use as starts.
inline constexpr double kMaxHistogramLogSeconds = 1e12;

struct HistogramLogLine {
  HistogramTag tag;
  double start_s = 0;  // as written
  double length_s = 0;
  // From FromHdrPayload: without exact extremes and sum, which summary.json
  // has.
  Histogram histogram;
};

// Calls visit(line) for each line, in the file's order and in bounded memory,
// until it returns an error. Lines of other scopes than `scope`, if given, are
// skipped, and their histograms not read. Reads what HistogramLogWriter writes
// and logs of version 1.2 with our parameters; skips comments.
//
// Errors: the system's; INVALID_ARGUMENT for a file that is not such a log; and
// visit's. They name the file, and the line if there is one.
absl::Status ReadHistogramLog(
    const std::string& path,
    absl::FunctionRef<absl::Status(HistogramLogLine)> visit,
    std::optional<HistogramScope> scope = std::nullopt);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_HISTOGRAM_LOG_H_
