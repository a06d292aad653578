#include "coordinator/trace/timestamp_trace.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;
// Name of the only function.
constexpr absl::string_view kAll = "all";

absl::string_view Expectation(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds:
      return "a number of seconds that fits into 64 bits as nanoseconds";
    case TimeUnit::kMillis:
      return "a number of milliseconds that fits into 64 bits as nanoseconds";
    case TimeUnit::kMicros:
      return "a number of microseconds that fits into 64 bits as nanoseconds";
    case TimeUnit::kNanos:
      return "a number of nanoseconds that fits into 64 bits";
    case TimeUnit::kIso8601:
      break;
  }
  return "an ISO 8601 instant such as 2026-01-31T23:59:59.5Z";
}

}  // namespace

absl::StatusOr<TraceSource> TimestampTrace::ReadFile(
    const std::string& path,
    absl::FunctionRef<absl::Status(const TraceFile&, std::optional<size_t>,
                                   int64_t)>
        visit) const {
  absl::StatusOr<TraceFile> file = TraceFile::Open(path);
  if (!file.ok()) return file.status();
  const absl::StatusOr<size_t> instant = file->Column(columns_.instant);
  if (!instant.ok()) return instant.status();
  std::optional<size_t> function;
  if (!columns_.function.empty()) {
    const absl::StatusOr<size_t> column = file->Column(columns_.function);
    if (!column.ok()) return column.status();
    function = *column;
  }
  while (true) {
    const absl::StatusOr<bool> more = file->Next();
    if (!more.ok()) return more.status();
    if (!*more) return file->Source();
    const std::optional<int64_t> ns = ParseTimestamp(
        absl::StripAsciiWhitespace(file->cell(*instant)), columns_.unit);
    if (!ns) return file->CellError(*instant, Expectation(columns_.unit));
    absl::Status status = visit(*file, function, *ns);
    if (!status.ok()) return status;
  }
}

absl::Status TimestampTrace::FindOrigin() {
  int64_t earliest_ns = std::numeric_limits<int64_t>::max();
  for (const std::string& path : files_) {
    const absl::StatusOr<TraceSource> source = ReadFile(
        path, [&](const TraceFile&, std::optional<size_t>, int64_t ns) {
          earliest_ns = std::min(earliest_ns, ns);
          return absl::OkStatus();
        });
    if (!source.ok()) return source.status();
  }
  origin_ns_ = earliest_ns;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TraceSource>> TimestampTrace::Read(
    const TraceWindow& window, TraceSink& sink) {
  if (!origin_ns_) {
    absl::Status status = FindOrigin();
    if (!status.ok()) return status;
  }
  const auto visit = [&](const TraceFile& file,
                         std::optional<size_t> function_column,
                         int64_t ns) -> absl::Status {
    const absl::StatusOr<uint32_t> function =
        sink.NumberOf(function_column ? file.cell(*function_column) : kAll);
    if (!function.ok()) return function.status();
    if (ns < *origin_ns_) {
      return absl::AbortedError("trace has changed while it was read");
    }
    // Of two 64-bit numbers: the difference may need one bit more.
    const uint64_t since_ns =
        static_cast<uint64_t>(ns) - static_cast<uint64_t>(*origin_ns_);
    sink.Calls(*function,
               window.BinOf(static_cast<int64_t>(since_ns / kNsPerS), bin_s()),
               1);
    return absl::OkStatus();
  };
  std::vector<TraceSource> sources;
  for (const std::string& path : files_) {
    absl::StatusOr<TraceSource> source = ReadFile(path, visit);
    if (!source.ok()) return source.status();
    sources.push_back(*std::move(source));
  }
  return sources;
}

}  // namespace invocator
