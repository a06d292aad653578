// Reads a trace's template: the workload onto whose instances functions are
// mapped, with or without arrivals.
#ifndef INVOCATOR_COORDINATOR_TRACE_TRACE_TEMPLATE_H_
#define INVOCATOR_COORDINATOR_TRACE_TRACE_TEMPLATE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/json/json.h"

namespace invocator {

struct TemplateInstance {
  std::string name;
  Json entry;  // without arrivals; its payload is one of the files below
  std::optional<double> expected_ms;
};

// A file of bodies to be written beside the workload.
struct TemplatePayload {
  std::string path;  // relative to the workload's folder
  std::string text;
};

struct TraceTemplate {
  Json top;  // without instances and mix
  std::vector<TemplateInstance> instances;
  std::vector<TemplatePayload> payloads;
  // Whether group or others may not read the file or one of its payloads.
  bool is_private = false;
};

// Reads the file and its payloads; `data` becomes a payload, with all digits of
// its numbers. Other keys are left to the workload's reader.
//
// INVALID_ARGUMENT, "file: path: what": no JSON, no instances, a payload that
// cannot be read, payloads of more than kMaxPayloadBytes in all.
absl::StatusOr<TraceTemplate> ReadTraceTemplate(const std::string& path);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_TRACE_TEMPLATE_H_
