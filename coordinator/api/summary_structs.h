// Converts the JSON of summary and progress to the library's structs. Pure.
#ifndef INVOCATOR_COORDINATOR_API_SUMMARY_STRUCTS_H_
#define INVOCATOR_COORDINATOR_API_SUMMARY_STRUCTS_H_

#include "coordinator/api/invoke_types.h"
#include "coordinator/json/json.h"

namespace invocator {

// `summary`: from SummaryTree.
Summary ReadSummary(const Json& summary);

// `object`: from ProgressStream.
Progress ReadProgress(const Json& object);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_API_SUMMARY_STRUCTS_H_
