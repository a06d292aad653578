#include "coordinator/trace/huawei_trace.h"

#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/words/decimal.h"
#include "coordinator/trace/trace_file.h"

namespace invocator {
namespace {

constexpr int64_t kDayS = int64_t{24} * 3600;
constexpr int64_t kMostDays = 10'000;

// The columns of a file.
struct Columns {
  size_t day = 0;
  size_t time = 0;
  std::vector<size_t> functions;
};

absl::StatusOr<Columns> FindColumns(const TraceFile& file) {
  const absl::StatusOr<size_t> day = file.Column("day");
  if (!day.ok()) return day.status();
  const absl::StatusOr<size_t> time = file.Column("time");
  if (!time.ok()) return time.status();
  Columns columns = {*day, *time, {}};
  absl::flat_hash_set<absl::string_view> names;
  for (size_t i = 0; i < file.header().size(); ++i) {
    if (i == *day || i == *time) continue;
    const std::string& name = file.header()[i];
    // A column without a name is the index of a saved table.
    if (name.empty()) {
      return file.Error("column ", i + 1, " has no name, expected a function");
    }
    if (!names.insert(name).second) {
      return file.Error("has two columns ", QuotedField(name),
                        ", expected one");
    }
    columns.functions.push_back(i);
  }
  if (columns.functions.empty()) {
    return file.Error("has no columns of functions beside day and time");
  }
  return columns;
}

// A whole number, "60" or "60.0".
absl::StatusOr<int64_t> ReadWhole(const TraceFile& file, size_t column,
                                  int64_t most) {
  const absl::string_view cell = file.cell(column);
  const std::optional<int64_t> value =
      IsDecimal(cell) ? ScaledDecimal(cell, 0) : std::nullopt;
  if (value && *value <= most) return *value;
  return file.CellError(column,
                        absl::StrCat("a whole number of at most ", most));
}

struct RowTime {
  int64_t day_start_s = 0;
  int64_t instant_s = 0;
};

absl::StatusOr<RowTime> ReadTime(const TraceFile& file,
                                 const Columns& columns) {
  const absl::StatusOr<int64_t> day = ReadWhole(file, columns.day, kMostDays);
  if (!day.ok()) return day.status();
  const absl::StatusOr<int64_t> time =
      ReadWhole(file, columns.time, (kMostDays + 1) * kDayS);
  if (!time.ok()) return time.status();
  const int64_t start_s = *day * kDayS;
  return RowTime{start_s, *time >= start_s ? *time : start_s + *time};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Trace>> HuaweiTrace::Open(
    const std::vector<std::string>& files) {
  constexpr int kMostRows = 1'000;
  constexpr int64_t kMinuteS = 60;
  absl::StatusOr<TraceFile> file = TraceFile::Open(files.front());
  if (!file.ok()) return file.status();
  const absl::StatusOr<Columns> columns = FindColumns(*file);
  if (!columns.ok()) return columns.status();
  std::optional<RowTime> first;
  int64_t bin_s = kMinuteS;
  for (int row = 0; row < kMostRows; ++row) {
    const absl::StatusOr<bool> more = file->Next();
    if (!more.ok()) return more.status();
    if (!*more) break;
    const absl::StatusOr<RowTime> time = ReadTime(*file, *columns);
    if (!time.ok()) return time.status();
    if (!first) first = *time;
    if (time->instant_s % kMinuteS != 0) bin_s = 1;
  }
  if (!first) return file->Error("has no rows, expected counts");
  return std::unique_ptr<Trace>(
      new HuaweiTrace(files, bin_s, first->day_start_s));
}

absl::StatusOr<std::vector<TraceSource>> HuaweiTrace::Read(
    const TraceWindow& window, TraceSink& sink) {
  std::vector<TraceSource> sources;
  for (const std::string& path : files_) {
    absl::StatusOr<TraceSource> source = ReadFile(path, window, sink);
    if (!source.ok()) return source.status();
    sources.push_back(*std::move(source));
  }
  return sources;
}

absl::StatusOr<TraceSource> HuaweiTrace::ReadFile(const std::string& path,
                                                  const TraceWindow& window,
                                                  TraceSink& sink) const {
  absl::StatusOr<TraceFile> file = TraceFile::Open(path);
  if (!file.ok()) return file.status();
  const absl::StatusOr<Columns> columns = FindColumns(*file);
  if (!columns.ok()) return columns.status();
  std::vector<uint32_t> functions;
  for (const size_t column : columns->functions) {
    const absl::StatusOr<uint32_t> function =
        sink.NumberOf(file->header()[column]);
    if (!function.ok()) return function.status();
    functions.push_back(*function);
  }
  std::optional<int64_t> before_s;
  while (true) {
    const absl::StatusOr<bool> more = file->Next();
    if (!more.ok()) return more.status();
    if (!*more) return file->Source();
    const absl::StatusOr<RowTime> time = ReadTime(*file, *columns);
    if (!time.ok()) return time.status();
    if (time->instant_s % bin_s_ != 0) {
      return file->CellError(columns->time,
                             "a whole minute, as in the trace's "
                             "first rows");
    }
    if (before_s && time->instant_s <= *before_s) {
      return file->CellError(columns->time, "more than in the row before");
    }
    before_s = time->instant_s;
    const int64_t bin = window.BinOf(time->instant_s - origin_s_, bin_s_);
    for (size_t i = 0; i < functions.size(); ++i) {
      const size_t column = columns->functions[i];
      if (file->IsMissing(column)) continue;
      const absl::StatusOr<uint32_t> calls = file->Count(column);
      if (!calls.ok()) return calls.status();
      if (*calls > 0) sink.Calls(functions[i], bin, *calls);
    }
  }
}

}  // namespace invocator
