#include "coordinator/workload/body_reader.h"

#include <optional>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"

namespace invocator {
namespace {

constexpr absl::string_view kHashHeader = "x-amz-content-sha256";

void ReadData(FieldReader& fields, PayloadLibrary& payloads,
              InstancePlan& instance) {
  absl::StatusOr<size_t> set =
      payloads.Add("data.json", VerbatimText(*fields.Find("data")));
  if (set.ok()) {
    instance.payload_set = *set;
  } else {
    fields.Error("data", set.status().message());
  }
}

void ReadFile(FieldReader& fields, absl::string_view key,
              PayloadLibrary& payloads, InstancePlan& instance) {
  const std::optional<std::string> path = fields.String(key);
  if (!path) return;
  absl::StatusOr<size_t> set = payloads.Load(*path);
  if (set.ok()) {
    instance.payload_set = *set;
  } else {
    fields.Error(key,
                 absl::StrCat("expected a JSON file, found ", ShortQuote(*path),
                              ": ", set.status().message()));
  }
}

// Services verify the signature with the hash in this header.
void CheckHash(const FieldReader& fields, const PayloadLibrary& payloads,
               WorkloadIssues& issues, const InstancePlan& instance) {
  if (!instance.signing) return;
  const auto header = absl::c_find_if(instance.headers, [](const auto& h) {
    return absl::EqualsIgnoreCase(h.first, kHashHeader);
  });
  // An empty one stands for a variable that is not set where nothing is sent.
  const bool is_secret = header != instance.headers.end() &&
                         instance.header_variables.contains(header->first);
  if (header == instance.headers.end() ||
      (is_secret && header->second.empty())) {
    return;
  }
  const auto refuse = [&](absl::string_view expected) {
    issues.Add(
        MemberPath(fields.PathOf("headers"), header->first),
        absl::StrCat("expected ", expected,
                     is_secret
                         ? ""
                         : absl::StrCat(", found ", ShortQuote(header->second)),
                     "; or no such header: requests are always signed with "
                     "the body's hash, and any other is refused"));
  };
  const PayloadSet none = {""};
  const PayloadSet& bodies =
      instance.payload_set ? payloads.set(*instance.payload_set) : none;
  const std::string hash = Sha256Hex(bodies.front());
  if (header->second != hash) {
    refuse(absl::StrCat("\"", hash, "\""));
  } else if (!absl::c_all_of(bodies, [&](const std::string& body) {
               return body == bodies.front();
             })) {
    refuse("a single body, since one hash cannot match several");
  }
}

}  // namespace

void ReadBody(FieldReader& fields, PayloadLibrary& payloads,
              WorkloadIssues& issues, InstancePlan& instance) {
  const Json* payload = fields.Find("payload");
  const Json* param_file = fields.Find("param_file");
  if (payload != nullptr && param_file != nullptr && *payload != *param_file) {
    fields.Error(
        "param_file",
        "is an older name of payload, and the two name different files: "
        "expected one of them");
  }
  if (fields.Has("data")) {
    if (payload != nullptr || param_file != nullptr) {
      fields.Error("data", "expected either a payload or data, not both");
    }
    ReadData(fields, payloads, instance);
  } else if (payload != nullptr || param_file != nullptr) {
    ReadFile(fields, payload != nullptr ? "payload" : "param_file", payloads,
             instance);
  }
  CheckHash(fields, payloads, issues, instance);
}

}  // namespace invocator
