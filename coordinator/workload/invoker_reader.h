// Reads an instance's destination other than API Gateway: the Invoke API of
// Lambda, a function URL, or any URL. Source: Lambda API reference, Invoke;
// Lambda developer guide, function URLs. Errors go to the fields' issues.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_INVOKER_READER_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_INVOKER_READER_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/plan/plan.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/workload/aws_defaults.h"

namespace invocator {

// Kind of target from the key "invoker"; without it, http if there is a url,
// else API Gateway. Keys that only other kinds have are errors.
TargetKind ReadInvoker(FieldReader& fields);

// INVALID_ARGUMENT for a '#' or a control character, which no part of a URL in
// a workload may contain unescaped.
absl::Status CheckRawText(absl::string_view text);

// True for a word of a credential scope, such as a region's name.
bool IsScopeWord(absl::string_view text);
// Reads a word of a credential scope.
std::optional<std::string> ReadScopeWord(FieldReader& fields,
                                         absl::string_view key);

// Reads "url" into endpoint and scheme; a "host" beside it must be equal.
// REQUIRES: fields.Has("url")
void ReadUrl(FieldReader& fields, InstancePlan& instance);

// Reads endpoint, headers and signing of Invoke calls, which go to the
// instance's host, else to Lambda's configured endpoint, else to AWS's endpoint
// of the region. The qualifier becomes a part of the application, as in
// "f:live".
void ReadLambda(FieldReader& fields, const AwsDefaults& aws,
                InstancePlan& instance);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_INVOKER_READER_H_
