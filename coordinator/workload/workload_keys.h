// The keys a workload file may have. If you add one, add it to
// workload.schema.json, to the README's table and to workload_writer.cc.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_WORKLOAD_KEYS_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_WORKLOAD_KEYS_H_

#include "absl/strings/string_view.h"
#include "coordinator/json/field_reader.h"

namespace invocator {

inline constexpr absl::string_view kWorkloadKeys[] = {
    "test_name",         "test_duration_in_seconds",
    "random_seed",       "blocking_cli",
    "warmup_in_seconds", "arrival_rng",
    "thresholds",        "mix",
    "instances",
};

inline constexpr absl::string_view kInstanceKeys[] = {
    "application",
    "memory_size",
    "expected_duration_ms",
    "distribution",
    "rate",
    "bursts",
    "spikes",
    "arrivals",
    "activity_window",
    "interarrivals_list",
    "interarrival_list",
    "payload",
    "param_file",
    "data",
    "invoker",
    "qualifier",
    "invocation_type",
    "url",
    "host",
    "stage",
    "resource",
    "region",
    "service",
    "auth",
    "method",
    "headers",
    "timeout_in_seconds",
    "cold_start_from",
    "thresholds",
    "expect",
    "versions",
    "pairing",
};

// Keys of a threshold object; "each" only at the top of the workload.
inline constexpr absl::string_view kThresholdKeys[] = {
    "check",
    "each",
    "optional",
    "abort",
    "after_in_seconds",
    "window_in_seconds",
};

inline constexpr absl::string_view kExpectKeys[] = {"status"};

// Further keys that editors, FaaSProfiler and its heirs write: accepted and
// ignored.
inline constexpr absl::string_view kIgnoredWorkloadKeys[] = {
    "$schema",
    "perf_monitoring",
    "endpoint",
    "serverless_platform",
};

inline constexpr RefusedKey kRefusedInstanceKeys[] = {
    {"data_file",
     "names a file of any bytes, but bodies are JSON: expected a \"payload\""},
    {"query_string",
     "expected the query behind the resource, as in \"f?name=value\""},
};

inline constexpr absl::string_view kOfTheInstance =
    "belongs to the instance: its versions have one schedule";

// Of a version.
inline constexpr RefusedKey kRefusedVersionKeys[] = {
    {"distribution", kOfTheInstance},
    {"rate", kOfTheInstance},
    {"bursts", kOfTheInstance},
    {"spikes", kOfTheInstance},
    {"arrivals", kOfTheInstance},
    {"activity_window", kOfTheInstance},
    {"interarrivals_list", kOfTheInstance},
    {"interarrival_list", kOfTheInstance},
    {"versions", "a version has no versions of its own"},
    {"pairing", kOfTheInstance},
    kRefusedInstanceKeys[0],
    kRefusedInstanceKeys[1],
};

// Values, in the order of the enums they stand for; invokers: TargetKind.
inline constexpr absl::string_view kInvokers[] = {"api_gateway", "lambda",
                                                  "function_url", "http"};
// The first one is Lambda's default, and is not sent.
inline constexpr absl::string_view kInvocationTypes[] = {"RequestResponse",
                                                         "Event", "DryRun"};
inline constexpr absl::string_view kAuths[] = {"iam", "none"};
inline constexpr absl::string_view kPairings[] = {"both", "split"};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_WORKLOAD_KEYS_H_
