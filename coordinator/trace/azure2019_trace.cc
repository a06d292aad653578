#include "coordinator/trace/azure2019_trace.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/words/listing.h"
#include "coordinator/trace/trace_file.h"

namespace invocator {
namespace {

constexpr size_t kMinutesOfDay = 1440;
// HashOwner, HashApp, HashFunction, Trigger.
constexpr size_t kFirstMinute = 4;

bool HasColumn(const TraceFile& file, absl::string_view name) {
  return std::find(file.header().begin(), file.header().end(), name) !=
         file.header().end();
}

// Reads the name of each row's function.
class NameReader {
 public:
  static absl::StatusOr<NameReader> Of(const TraceFile& file) {
    NameReader reader;
    for (absl::string_view column : {"HashOwner", "HashApp", "HashFunction"}) {
      const absl::StatusOr<size_t> index = file.Column(column);
      if (!index.ok()) return index.status();
      reader.columns_.push_back(*index);
    }
    return reader;
  }

  // Valid until the next call.
  absl::string_view Read(const TraceFile& file) {
    name_.clear();
    for (const size_t column : columns_) {
      if (column != columns_.front()) name_ += kNameSeparator;
      absl::StrAppend(&name_, file.cell(column));
    }
    return name_;
  }

 private:
  std::vector<size_t> columns_;
  std::string name_;
};

// Checks the names of the minutes' columns: another kind of file might have
// percentiles there.
absl::Status CheckMinutes(const TraceFile& file) {
  if (file.header().size() != kFirstMinute + kMinutesOfDay) {
    return file.Error("has ", Counted(file.header().size(), "column"),
                      ", expected HashOwner, HashApp, HashFunction, Trigger "
                      "and ",
                      kMinutesOfDay, " minutes, or durations with Average");
  }
  for (size_t i = 0; i < kMinutesOfDay; ++i) {
    const std::string& name = file.header()[kFirstMinute + i];
    if (name == absl::StrCat(i + 1)) continue;
    return file.Error("column ", kFirstMinute + i + 1, " is ",
                      QuotedField(name), ", expected \"", i + 1, "\"");
  }
  return absl::OkStatus();
}

absl::StatusOr<TraceSource> ReadCounts(const std::string& path,
                                       int64_t first_bin, TraceSink& sink) {
  absl::StatusOr<TraceFile> file = TraceFile::Open(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<NameReader> names = NameReader::Of(*file);
  if (!names.ok()) return names.status();
  absl::Status status = CheckMinutes(*file);
  if (!status.ok()) return status;
  while (true) {
    const absl::StatusOr<bool> more = file->Next();
    if (!more.ok()) return more.status();
    if (!*more) return file->Source();
    const absl::StatusOr<uint32_t> function = sink.NumberOf(names->Read(*file));
    if (!function.ok()) return function.status();
    for (size_t i = 0; i < kMinutesOfDay; ++i) {
      // Nearly all cells.
      if (file->cell(kFirstMinute + i) == "0") continue;
      const absl::StatusOr<uint32_t> calls = file->Count(kFirstMinute + i);
      if (!calls.ok()) return calls.status();
      if (*calls == 0) continue;
      sink.Calls(*function, first_bin + static_cast<int64_t>(i), *calls);
    }
  }
}

absl::StatusOr<TraceSource> ReadDurations(const std::string& path,
                                          TraceSink& sink) {
  // A year in ms, and more calls than any function has.
  constexpr double kMostMs = 366.0 * 24 * 3600 * 1000;
  constexpr double kMostCount = 1e15;
  absl::StatusOr<TraceFile> file = TraceFile::Open(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<NameReader> names = NameReader::Of(*file);
  if (!names.ok()) return names.status();
  const absl::StatusOr<size_t> average = file->Column("Average");
  if (!average.ok()) return average.status();
  const absl::StatusOr<size_t> count = file->Column("Count");
  if (!count.ok()) return count.status();
  while (true) {
    const absl::StatusOr<bool> more = file->Next();
    if (!more.ok()) return more.status();
    if (!*more) return file->Source();
    const std::optional<double> ms = ParseFinite(file->cell(*average));
    if (!ms && !file->IsMissing(*average)) {
      return file->CellError(*average, "milliseconds");
    }
    const std::optional<uint32_t> function =
        sink.KnownNumberOf(names->Read(*file));
    if (!function) {
      sink.LeftOut("durations of functions without counts");
    } else if (!ms || *ms < 0 || *ms > kMostMs) {
      sink.LeftOut("durations without an average");
    } else {
      // Counts of the two kinds of files may disagree, even by a lot.
      const double weight = ParseFinite(file->cell(*count)).value_or(1);
      sink.Duration(*function, *ms, std::clamp(weight, 1.0, kMostCount));
    }
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Trace>> Azure2019Trace::Open(
    const std::vector<std::string>& files) {
  std::vector<File> found;
  for (const std::string& path : files) {
    const absl::StatusOr<TraceFile> file = TraceFile::Open(path);
    if (!file.ok()) return file.status();
    const bool has_durations = HasColumn(*file, "Average");
    if (!has_durations) {
      absl::Status status = CheckMinutes(*file);
      if (!status.ok()) return status;
    }
    found.push_back({path, !has_durations});
  }
  if (std::none_of(found.begin(), found.end(),
                   [](const File& file) { return file.has_counts; })) {
    return absl::InvalidArgumentError(
        "--from: only durations, expected a file of counts, too "
        "(invocations_per_function_md.anon.d01.csv)");
  }
  return std::unique_ptr<Trace>(new Azure2019Trace(std::move(found)));
}

absl::Status Azure2019Trace::CheckWindow(const TraceWindow& window) const {
  const auto days =
      std::count_if(files_.begin(), files_.end(),
                    [](const File& file) { return file.has_counts; });
  constexpr int64_t kDayS = int64_t{kMinutesOfDay} * 60;
  if (window.end_s() <= days * kDayS) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--start ", ClockText(window.start_s), " --minutes ", window.minutes,
      ": ends at ", ClockText(window.end_s()), ", after the end of the ",
      Counted(static_cast<uint64_t>(days), "day"), " given"));
}

absl::StatusOr<std::vector<TraceSource>> Azure2019Trace::Read(
    const TraceWindow& window, TraceSink& sink) {
  absl::Status status = CheckWindow(window);
  if (!status.ok()) return status;
  std::vector<TraceSource> sources(files_.size());
  int64_t first_bin = -window.start_s / bin_s();
  for (const bool counts : {true, false}) {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].has_counts != counts) continue;
      absl::StatusOr<TraceSource> source =
          counts ? ReadCounts(files_[i].path, first_bin, sink)
                 : ReadDurations(files_[i].path, sink);
      if (!source.ok()) return source.status();
      sources[i] = *std::move(source);
      first_bin += static_cast<int64_t>(kMinutesOfDay);
    }
  }
  return sources;
}

}  // namespace invocator
