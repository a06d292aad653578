#include "coordinator/trace/azure2021_trace.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "coordinator/shapes/timestamp_text.h"
#include "coordinator/trace/trace_file.h"

namespace invocator {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;

struct Columns {
  size_t app = 0;
  size_t function = 0;
  size_t end = 0;
  size_t duration = 0;
};

absl::StatusOr<Columns> FindColumns(const TraceFile& file) {
  Columns columns;
  for (const auto& [name, column] :
       {std::make_pair("app", &columns.app),
        std::make_pair("func", &columns.function),
        std::make_pair("end_timestamp", &columns.end),
        std::make_pair("duration", &columns.duration)}) {
    const absl::StatusOr<size_t> found = file.Column(name);
    if (!found.ok()) return found.status();
    *column = *found;
  }
  return columns;
}

// Seconds in nanoseconds. Limited so that differences do not overflow.
absl::StatusOr<int64_t> ReadSeconds(const TraceFile& file, size_t column) {
  constexpr int64_t kMostNs = int64_t{4'000'000'000} * kNsPerS;
  const std::optional<int64_t> ns = ParseTimestamp(
      absl::StripAsciiWhitespace(file.cell(column)), TimeUnit::kSeconds);
  if (ns && *ns >= 0 && *ns <= kMostNs) return *ns;
  return file.CellError(column, "seconds, 0 to 4e9");
}

int64_t FloorToS(int64_t ns) {
  return ns >= 0 ? ns / kNsPerS : -((-ns + kNsPerS - 1) / kNsPerS);
}

absl::StatusOr<TraceSource> ReadFile(const std::string& path,
                                     const TraceWindow& window, int64_t bin_s,
                                     TraceSink& sink) {
  absl::StatusOr<TraceFile> file = TraceFile::Open(path);
  if (!file.ok()) return file.status();
  const absl::StatusOr<Columns> columns = FindColumns(*file);
  if (!columns.ok()) return columns.status();
  std::string name;
  while (true) {
    const absl::StatusOr<bool> more = file->Next();
    if (!more.ok()) return more.status();
    if (!*more) return file->Source();
    const absl::StatusOr<int64_t> end_ns = ReadSeconds(*file, columns->end);
    if (!end_ns.ok()) return end_ns.status();
    const absl::StatusOr<int64_t> duration_ns =
        ReadSeconds(*file, columns->duration);
    if (!duration_ns.ok()) return duration_ns.status();
    name = absl::StrCat(file->cell(columns->app),
                        absl::string_view(&kNameSeparator, 1),
                        file->cell(columns->function));
    const absl::StatusOr<uint32_t> function = sink.NumberOf(name);
    if (!function.ok()) return function.status();
    sink.Calls(*function, window.BinOf(FloorToS(*end_ns - *duration_ns), bin_s),
               1);
    sink.Duration(*function, static_cast<double>(*duration_ns) / 1e6, 1);
  }
}

}  // namespace

absl::StatusOr<std::vector<TraceSource>> Azure2021Trace::Read(
    const TraceWindow& window, TraceSink& sink) {
  std::vector<TraceSource> sources;
  for (const std::string& path : files_) {
    absl::StatusOr<TraceSource> source = ReadFile(path, window, bin_s(), sink);
    if (!source.ok()) return source.status();
    sources.push_back(*std::move(source));
  }
  return sources;
}

}  // namespace invocator
