#include "coordinator/trace/trace_command.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/arrivals/arrival_spec.h"
#include "common/base/exit_code.h"
#include "common/process/say.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/shapes/arrival_keys.h"
#include "coordinator/text/csv_reader.h"
#include "coordinator/trace/azure2019_trace.h"
#include "coordinator/trace/azure2021_trace.h"
#include "coordinator/trace/calls_collector.h"
#include "coordinator/trace/duration_map.h"
#include "coordinator/trace/huawei_trace.h"
#include "coordinator/trace/trace_writer.h"

namespace invocator {
namespace {

absl::StatusOr<std::unique_ptr<Trace>> OpenTrace(const TraceOptions& options) {
  switch (options.format) {
    case TraceFormat::kAzure2019:
      return Azure2019Trace::Open(options.files);
    case TraceFormat::kAzure2021:
      return std::make_unique<Azure2021Trace>(options.files);
    case TraceFormat::kHuawei:
      return HuaweiTrace::Open(options.files);
    case TraceFormat::kTimestamps:
      break;
  }
  return std::make_unique<TimestampTrace>(options.files, options.columns);
}

// Of trace.json.
Json OptionsJson(const TraceOptions& options) {
  Json json = Json::object();
  json["start"] = ClockText(options.window.start_s);
  json["minutes"] = options.window.minutes;
  constexpr absl::string_view kPicks[] = {"busiest", "random"};
  if (options.pick.kind == PickKind::kRows) {
    json["pick"] = absl::StrJoin(options.pick.rows, ",");
  } else {
    json["pick"] = std::string(kPicks[static_cast<size_t>(options.pick.kind)]);
    json["functions"] = options.pick.functions;
  }
  if (options.peak_rate) json["peak_rate"] = *options.peak_rate;
  json["onto"] = CleanLine(options.onto);
  if (options.format == TraceFormat::kTimestamps) {
    json["column"] = CleanLine(options.columns.instant);
    json["unit"] =
        std::string(kTimeUnits[static_cast<size_t>(options.columns.unit)]);
    if (!options.columns.function.empty()) {
      json["function_column"] = CleanLine(options.columns.function);
    }
  }
  return json;
}

// Error for a window without calls; gives the times at which the trace has any.
absl::Status NoCallsError(const TraceWindow& window, int64_t bin_s,
                          const FunctionCensus& census) {
  std::string has = "the trace has no calls";
  if (const auto bins = census.bins_with_calls()) {
    const auto clock = [&](int64_t bin) {
      return ClockText(window.start_s + bin * bin_s);
    };
    has = absl::StrCat("the trace has calls from ", clock(bins->first), " to ",
                       clock(bins->second + 1));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--start ", ClockText(window.start_s), " --minutes ", window.minutes,
      ": no function has calls in this window; ", has));
}

// Expects a duration of every instance among several, if functions have
// durations to compare it with.
absl::Status CheckDurations(const TraceTemplate& onto, const std::string& file,
                            const std::vector<TracedFunction>& functions) {
  if (onto.instances.size() == 1 ||
      std::none_of(functions.begin(), functions.end(),
                   [](const TracedFunction& function) {
                     return function.duration_ms.has_value();
                   })) {
    return absl::OkStatus();
  }
  for (const TemplateInstance& instance : onto.instances) {
    if (instance.expected_ms) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        file, ": ", MemberPath("instances", instance.name),
        ": has no expected_duration_ms, expected one of every instance: the "
        "trace's functions are mapped to the instance of nearest duration"));
  }
  return absl::OkStatus();
}

// The chosen functions in their order, without counts and names.
absl::StatusOr<std::vector<TracedFunction>> MapFunctions(
    const FunctionCensus& census, const std::vector<uint32_t>& chosen,
    const TraceTemplate& onto, const std::string& template_file) {
  std::vector<TracedFunction> functions;
  for (const uint32_t number : chosen) {
    const SeenFunction& seen = census.functions()[number];
    TracedFunction function;
    function.row = number + 1;
    function.calls = seen.calls;
    function.duration_ms = seen.duration_ms();
    functions.push_back(function);
  }
  absl::Status status = CheckDurations(onto, template_file, functions);
  if (!status.ok()) return status;
  std::vector<std::optional<double>> expected_ms;
  for (const TemplateInstance& instance : onto.instances) {
    expected_ms.push_back(instance.expected_ms);
  }
  DurationMap map(std::move(expected_ms));
  for (TracedFunction& function : functions) {
    const MappedFunction mapped = map.Next(function.duration_ms);
    function.instance = mapped.instance;
    function.by_duration = mapped.by_duration;
  }
  return functions;
}

std::vector<std::pair<std::string, uint64_t>> Dropped(
    const FunctionCensus& census, const std::vector<TracedFunction>& chosen) {
  uint64_t idle = 0;
  uint64_t calls = 0;
  for (const SeenFunction& function : census.functions()) {
    if (function.calls == 0) ++idle;
    calls += function.calls;
  }
  for (const TracedFunction& function : chosen) calls -= function.calls;
  std::vector<std::pair<std::string, uint64_t>> dropped = {
      {"functions without calls in the window", idle},
      {"functions not picked",
       census.functions().size() - idle - chosen.size()},
      {"calls of functions not picked", calls},
      {"calls outside the window", census.calls_outside()}};
  for (const auto& [reason, count] : census.left_out()) {
    dropped.emplace_back(reason, count);
  }
  return dropped;
}

// Without an exponent: "0.1167", "22359.3".
std::string RateText(double per_s) {
  return per_s < 100 ? absl::StrFormat("%.4g", per_s)
                     : absl::StrFormat("%.1f", per_s);
}

std::string ReportText(const TracedWorkload& workload,
                       const std::string& folder) {
  uint64_t calls = 0;
  size_t by_duration = 0;
  for (const TracedFunction& function : workload.functions) {
    calls += function.calls;
    if (function.by_duration) ++by_duration;
  }
  std::string text = absl::StrFormat(
      "trace        %s: %s from %s for %d minutes\n"
      "functions    %d of %d, %d mapped by duration, %d in turn\n"
      "calls        %d in bins of %d s, at most %s/s",
      workload.format, Counted(workload.sources.size(), "file"),
      ClockText(workload.window.start_s), workload.window.minutes,
      workload.functions.size(), workload.seen_functions, by_duration,
      workload.functions.size() - by_duration, calls, workload.bin_s,
      RateText(workload.peak_per_s));
  if (workload.thin < 1) {
    absl::StrAppendFormat(&text, ", thinned to %.4g of them", workload.thin);
  }
  absl::StrAppend(&text, "\n");
  for (const auto& [reason, count] : workload.dropped) {
    if (count == 0) continue;
    absl::StrAppendFormat(&text, "left out     %d %s\n", count, reason);
  }
  absl::StrAppendFormat(&text, "workload     %s/workload.json\n",
                        CleanLine(folder));
  return text;
}

absl::StatusOr<TracedWorkload> ReadTracedWorkload(const TraceOptions& options,
                                                  const TraceTemplate& onto) {
  const absl::StatusOr<std::unique_ptr<Trace>> trace = OpenTrace(options);
  if (!trace.ok()) return trace.status();
  TracedWorkload workload;
  workload.bin_s = (*trace)->bin_s();
  absl::Status status = options.window.CheckBins(workload.bin_s);
  if (!status.ok()) return status;
  const int64_t bins = options.window.Bins(workload.bin_s);

  FunctionCensus census(bins);
  absl::StatusOr<std::vector<TraceSource>> sources =
      (*trace)->Read(options.window, census);
  if (!sources.ok()) return sources.status();
  const absl::StatusOr<std::vector<uint32_t>> chosen =
      PickFunctions(options.pick, census.functions());
  if (!chosen.ok()) return chosen.status();
  if (chosen->empty()) {
    return NoCallsError(options.window, workload.bin_s, census);
  }
  absl::StatusOr<std::vector<TracedFunction>> functions =
      MapFunctions(census, *chosen, onto, options.onto);
  if (!functions.ok()) return functions.status();

  absl::StatusOr<CallsCollector> collector =
      CallsCollector::Create(census, *chosen, bins);
  if (!collector.ok()) return collector.status();
  const absl::StatusOr<std::vector<TraceSource>> again =
      (*trace)->Read(options.window, *collector);
  if (!again.ok()) return again.status();
  if (*again != *sources) {
    return absl::AbortedError("trace has changed while it was read");
  }
  if (!collector->status().ok()) return collector->status();
  workload.peak_per_s = static_cast<double>(collector->PeakCalls()) /
                        static_cast<double>(workload.bin_s);
  for (size_t i = 0; i < functions->size(); ++i) {
    (*functions)[i].name = collector->name(i);
    (*functions)[i].counts = collector->TakeCounts(i);
  }
  workload.format =
      std::string(kTraceFormats[static_cast<size_t>(options.format)]);
  workload.sources = *std::move(sources);
  workload.window = options.window;
  workload.options = OptionsJson(options);
  workload.seed = options.pick.seed;
  workload.functions = *std::move(functions);
  workload.seen_functions = census.functions().size();
  if (options.peak_rate) {
    workload.thin = std::min(1.0, *options.peak_rate / workload.peak_per_s);
    if (workload.thin < kMinThin) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "--peak-rate %.15g would keep %.3g of the calls, whose peak is "
          "%s/s: expected to keep at least %.15g",
          *options.peak_rate, workload.thin, RateText(workload.peak_per_s),
          kMinThin));
    }
  }
  workload.dropped = Dropped(census, workload.functions);
  return workload;
}

}  // namespace

int ConvertTrace(const TraceOptions& options) {
  // Before files are read, which may take minutes.
  absl::Status status = CheckNewFolder(options.out);
  if (!status.ok()) {
    SayError(status.message());
    return kExitBadUsage;
  }
  const absl::StatusOr<TraceTemplate> onto = ReadTraceTemplate(options.onto);
  if (!onto.ok()) {
    SayError(onto.status().message());
    return kExitBadUsage;
  }
  const absl::StatusOr<TracedWorkload> workload =
      ReadTracedWorkload(options, *onto);
  if (!workload.ok()) {
    SayError(workload.status().message());
    return kExitBadUsage;
  }
  status = WriteTracedWorkload(*onto, *workload, options.out);
  if (status.ok()) status = Print(ReportText(*workload, options.out));
  if (status.ok()) return kExitOk;
  SayError(status.message());
  return absl::IsInvalidArgument(status) || absl::IsAlreadyExists(status)
             ? kExitBadUsage
             : kExitNotCarriedOut;
}

}  // namespace invocator
