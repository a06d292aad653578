#include "coordinator/shapes/calls_reader.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/arrivals/binned_process.h"
#include "common/words/decimal.h"
#include "common/words/listing.h"
#include "coordinator/shapes/arrival_keys.h"
#include "coordinator/shapes/counts_file.h"
#include "coordinator/shapes/timestamp_text.h"
#include "coordinator/shapes/timestamps_file.h"
#include "coordinator/text/relative_file.h"
#include "coordinator/text/text_file.h"

namespace invocator {
namespace {

// Bins of all instances: they travel with the plan.
constexpr size_t kMaxWorkloadBins = 10'000'000;
constexpr NumberRange kBins = {kMinRatePeriodS, kMaxDurationS};
constexpr NumberRange kSpeeds = {kMinSpeed, kMaxSpeed};
constexpr NumberRange kThins = {kMinThin, 1};
// Seconds of an int64_t in nanoseconds, either way.
constexpr NumberRange kStarts = {-9.2e9, 9.2e9};

// The path of the file that `key` names.
std::optional<std::string> ReadPath(FieldReader& calls, absl::string_view key,
                                    CallsFiles& files) {
  const std::optional<std::string> name = calls.String(key);
  if (!name) return std::nullopt;
  absl::StatusOr<std::string> path =
      FindRelativeFile(files.folder, *name, "a CSV file");
  if (!path.ok()) {
    calls.Error(key, absl::StrCat(path.status().message(), ", found ",
                                  ShortQuote(*name)));
    return std::nullopt;
  }
  if (IsPrivateFile(*path)) files.has_private = true;
  return *std::move(path);
}

absl::Status OpenTapes(CallsFiles& files) {
  if (files.tapes != nullptr) return absl::OkStatus();
  absl::StatusOr<TemporaryFile> file = TemporaryFile::Create("");
  if (!file.ok()) return file.status();
  files.tapes = std::make_shared<TemporaryFile>(*std::move(file));
  return absl::OkStatus();
}

void WarnOfLate(FieldReader& calls, absl::string_view key, uint64_t late,
                uint64_t all) {
  if (late == 0) return;
  calls.Warn(key, absl::StrCat("the test ends before ", late, " of its ",
                               Counted(all, "call"), ", which ",
                               late == 1 ? "is" : "are", " left out"));
}

uint64_t SumOf(const std::vector<uint32_t>& counts, size_t from) {
  uint64_t sum = 0;
  for (size_t i = from; i < counts.size(); ++i) sum += counts[i];
  return sum;
}

void ReadCounts(FieldReader& calls, std::optional<double> duration_s,
                CallsFiles& files, ArrivalSpec& spec) {
  constexpr absl::string_view kKey = "counts";
  spec.kind = ArrivalKind::kCounts;
  BinnedCalls& counts = spec.counts;
  counts.bin_s = calls.Number("bin_in_seconds", kBins).value_or(counts.bin_s);
  counts.speed = calls.Number("speed", kSpeeds).value_or(counts.speed);
  counts.thin = calls.Number("thin", kThins).value_or(counts.thin);
  counts.even = calls.Choice("within_bin", kWithinBin) == 1u;
  const std::string column = calls.String("column").value_or("");
  const std::optional<std::string> path = ReadPath(calls, kKey, files);
  if (!path || !duration_s) return;
  absl::StatusOr<CountsFile> file =
      ReadCountsFile(*path, column, kMaxCountBins);
  if (!file.ok()) {
    calls.Error(kKey, file.status().message());
    return;
  }
  const uint64_t all = SumOf(file->counts, 0) + file->calls_beyond;
  const int64_t end_ns = std::llround(*duration_s * 1e9);
  size_t bins = file->counts.size();
  while (bins > 0 && BinStartNs(counts, bins - 1) >= end_ns) --bins;
  const uint64_t late = SumOf(file->counts, bins) + file->calls_beyond;
  const bool is_full = bins == kMaxCountBins;
  file->counts.resize(bins);
  if (is_full && BinStartNs(counts, bins) < end_ns && file->calls_beyond > 0) {
    calls.Error(kKey, absl::StrCat(*path, ": more than the ", kMaxCountBins,
                                   " bins that a test may have"));
    return;
  }
  files.bins += bins;
  if (files.bins > kMaxWorkloadBins) {
    calls.Error(kKey, absl::StrCat("expected at most ", kMaxWorkloadBins,
                                   " bins in a workload, found ", files.bins));
    return;
  }
  counts.counts = std::move(file->counts);
  WarnOfLate(calls, kKey, late, all);
  if (bins > 0 && counts.counts.back() > 0 &&
      BinStartNs(counts, bins) > end_ns) {
    calls.Warn(kKey, absl::StrCat("the test ends within bin ", bins,
                                  ", counted from 1: a part of its ",
                                  Counted(counts.counts.back(), "call"),
                                  " is left out"));
  }
}

void ReadTimestamps(FieldReader& calls, std::optional<double> duration_s,
                    CallsFiles& files, ArrivalSpec& spec) {
  constexpr absl::string_view kKey = "timestamps";
  spec.kind = ArrivalKind::kTimestamps;
  TimestampsOptions options;
  options.column = calls.String("column").value_or("");
  options.unit =
      static_cast<TimeUnit>(calls.Choice("unit", kTimeUnits).value_or(0));
  options.speed = calls.Number("speed", kSpeeds).value_or(1);
  options.thin = calls.Number("thin", kThins).value_or(1);
  if (const auto start_s = calls.Number("start_in_seconds", kStarts)) {
    // Through the shortest decimal, as written in the file.
    const std::string text = DecimalText(std::abs(*start_s));
    const auto start_ns = ParseTimestamp(text, TimeUnit::kSeconds);
    options.start_ns = *start_s < 0 ? -start_ns.value_or(0) : start_ns;
  }
  options.seed = spec.seed;
  options.stream = spec.stream;
  options.most = kMaxTapeInstants - files.timestamps;
  const std::optional<std::string> path = ReadPath(calls, kKey, files);
  if (!path || !duration_s) return;
  if (absl::Status status = OpenTapes(files); !status.ok()) {
    calls.Error(kKey, status.message());
    return;
  }
  options.duration_s = *duration_s;
  absl::StatusOr<TimestampsFile> file =
      ReadTimestampsFile(*path, options, files.tapes);
  if (!file.ok()) {
    calls.Error(kKey, file.status().message());
    return;
  }
  files.timestamps += file->tape->count();
  spec.tape = std::move(file->tape);
  if (!file->sorted) {
    calls.Warn(kKey, "rows are not in order of time: sorted");
  }
  if (file->early > 0) {
    calls.Warn("start_in_seconds",
               absl::StrCat("comes after ", file->early, " of ",
                            Counted(file->rows, "call"), ", which ",
                            file->early == 1 ? "is" : "are", " left out"));
  }
  WarnOfLate(calls, kKey, file->late, file->rows);
}

}  // namespace

void ReadCalls(FieldReader& fields, std::optional<double> duration_s,
               CallsFiles& files, ArrivalSpec& spec, WorkloadIssues& issues) {
  constexpr absl::string_view kKey = "arrivals";
  const Json& value = *fields.Find(kKey);
  if (!value.is_object()) {
    fields.ValueError(kKey, "an object with counts or timestamps");
    return;
  }
  FieldReader calls(value, fields.PathOf(kKey), issues);
  if (calls.Has("counts") == calls.Has("timestamps")) {
    fields.Error(kKey, absl::StrCat("expected the name of a CSV file as counts "
                                    "or as timestamps, found ",
                                    calls.Has("counts") ? "both" : "neither"));
    return;
  }
  if (calls.Has("counts")) {
    calls.RefuseUnknownKeys(kCountsKeys);
    ReadCounts(calls, duration_s, files, spec);
  } else {
    calls.RefuseUnknownKeys(kTimestampsKeys);
    ReadTimestamps(calls, duration_s, files, spec);
  }
}

}  // namespace invocator
