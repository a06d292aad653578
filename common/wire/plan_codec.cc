#include "common/wire/plan_codec.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/arrivals/instant_tape.h"
#include "common/http/http_syntax.h"
#include "common/wire/arrivals_codec.h"
#include "common/wire/version_codec.h"

namespace invocator {
namespace {

// Numbers on the wire are those of the enum, from 1.
constexpr int NumberOf(TargetKind kind) { return static_cast<int>(kind) + 1; }
static_assert(NumberOf(TargetKind::kApiGateway) == wire::Instance::API_GATEWAY);
static_assert(NumberOf(TargetKind::kLambda) == wire::Instance::LAMBDA);
static_assert(NumberOf(TargetKind::kFunctionUrl) ==
              wire::Instance::FUNCTION_URL);
static_assert(NumberOf(TargetKind::kHttp) == wire::Instance::HTTP);

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("plan: ", args...));
}

std::string Quoted(absl::string_view text) {
  constexpr size_t kShown = 80;
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kShown)),
                      text.size() > kShown ? "..." : "", "\"");
}

wire::Instance ToWire(const InstancePlan& instance) {
  wire::Instance message;
  message.set_name(instance.name);
  message.set_application(instance.application);
  *message.mutable_arrivals() = ToWire(instance.arrivals);
  if (const auto& version = instance.arrivals.version) {
    *message.mutable_version() = ToWire(*version);
    // The first one's.
    if (version->index > 0) message.mutable_arrivals()->clear_tape();
  }
  message.set_host(instance.endpoint.host);
  message.set_path(instance.endpoint.path);
  message.set_query(instance.endpoint.query);
  message.set_plain_http(instance.plain_http);
  message.set_target_kind(
      static_cast<wire::Instance::TargetKind>(NumberOf(instance.target_kind)));
  if (instance.signing) {
    message.set_sign(true);
    message.set_region(instance.signing->region);
    message.set_service(instance.signing->service);
  }
  message.set_method(instance.method);
  for (const auto& [name, value] : instance.headers) {
    wire::Instance::Header* header = message.add_headers();
    header->set_name(name);
    header->set_value(value);
    if (const auto variable = instance.header_variables.find(name);
        variable != instance.header_variables.end()) {
      header->set_variable(variable->second);
    }
  }
  message.set_timeout_ns(absl::ToInt64Nanoseconds(instance.timeout));
  message.set_payload_set(
      instance.payload_set ? static_cast<int32_t>(*instance.payload_set) : -1);
  if (instance.cold_start_from) {
    message.set_cold_start_from(ToString(*instance.cold_start_from));
  }
  message.mutable_expected_statuses()->Add(instance.expected_statuses.begin(),
                                           instance.expected_statuses.end());
  return message;
}

// Everything that goes on the request line or into a header verbatim.
absl::Status CheckRequest(const wire::Instance& message) {
  if (!IsHttpHost(message.host())) {
    return Invalid("host ", Quoted(message.host()));
  }
  if (!IsHttpPath(message.path())) {
    return Invalid("path ", Quoted(message.path()));
  }
  if (!IsHttpQuery(message.query())) {
    return Invalid("query ", Quoted(message.query()));
  }
  if (!IsHttpToken(message.method())) {
    return Invalid("method ", Quoted(message.method()));
  }
  for (const wire::Instance::Header& header : message.headers()) {
    if (!IsHttpToken(header.name())) {
      return Invalid("header name ", Quoted(header.name()));
    }
    if (!IsHttpHeaderValue(header.value())) {
      // The value may be a secret: not shown.
      return Invalid("value of header ", header.name(),
                     " is not a valid header value");
    }
  }
  if (message.sign()) {
    if (!IsHttpToken(message.region())) {
      return Invalid("region ", Quoted(message.region()));
    }
    if (!IsHttpToken(message.service())) {
      return Invalid("service ", Quoted(message.service()));
    }
  }
  return absl::OkStatus();
}

// Requires ascending order without repeats, which also bounds their number.
absl::StatusOr<std::vector<uint16_t>> StatusesFromWire(
    const wire::Instance& message) {
  std::vector<uint16_t> statuses;
  for (uint32_t status : message.expected_statuses()) {
    if (status < kMinExpectedStatus || status > kMaxExpectedStatus) {
      return Invalid("expected status ", status, ", expected ",
                     kMinExpectedStatus, " .. ", kMaxExpectedStatus);
    }
    if (!statuses.empty() && status <= statuses.back()) {
      return Invalid("expected status ", status, " after ", statuses.back(),
                     ", expected them in ascending order, each once");
    }
    statuses.push_back(static_cast<uint16_t>(status));
  }
  return statuses;
}

absl::StatusOr<InstancePlan> InstanceFromWire(const wire::Instance& message,
                                              double plan_duration_s,
                                              int payload_sets) {
  InstancePlan instance;
  absl::StatusOr<ArrivalSpec> arrivals =
      FromWire(message.arrivals(), plan_duration_s);
  if (!arrivals.ok()) return arrivals.status();
  if (absl::Status status = CheckRequest(message); !status.ok()) return status;
  const absl::Duration timeout = absl::Nanoseconds(message.timeout_ns());
  if (timeout <= absl::ZeroDuration() || timeout > kMaxTimeout) {
    return Invalid("timeout ", absl::FormatDuration(timeout),
                   ", expected more than 0 and at most ",
                   absl::FormatDuration(kMaxTimeout));
  }
  if (message.payload_set() < -1 || message.payload_set() >= payload_sets) {
    return Invalid("payload set ", message.payload_set(), " of ", payload_sets);
  }
  if (message.target_kind() < wire::Instance::API_GATEWAY ||
      message.target_kind() > wire::Instance::HTTP) {
    return Invalid("target of unknown kind ",
                   static_cast<int>(message.target_kind()));
  }
  instance.target_kind =
      static_cast<TargetKind>(static_cast<int>(message.target_kind()) - 1);
  instance.name = message.name();
  instance.application = message.application();
  instance.arrivals = *std::move(arrivals);
  instance.endpoint = {message.host(), message.path(), message.query()};
  instance.plain_http = message.plain_http();
  if (message.sign()) {
    instance.signing = SigningScope{message.region(), message.service()};
  }
  instance.method = message.method();
  for (const wire::Instance::Header& header : message.headers()) {
    instance.headers.emplace_back(header.name(), header.value());
    if (!header.variable().empty()) {
      instance.header_variables.emplace(header.name(), header.variable());
    }
  }
  instance.timeout = timeout;
  if (!message.cold_start_from().empty()) {
    absl::StatusOr<ColdStartSource> source =
        ParseColdStartSource(message.cold_start_from());
    if (!source.ok()) {
      return Invalid("source of cold starts ",
                     Quoted(message.cold_start_from()), " ",
                     source.status().message());
    }
    instance.cold_start_from = *std::move(source);
  }
  absl::StatusOr<std::vector<uint16_t>> statuses = StatusesFromWire(message);
  if (!statuses.ok()) return statuses.status();
  instance.expected_statuses = *std::move(statuses);
  if (message.payload_set() >= 0) {
    instance.payload_set = static_cast<size_t>(message.payload_set());
  }
  if (message.has_version()) {
    const absl::StatusOr<VersionPlace> version = FromWire(message.version());
    if (!version.ok()) return version.status();
    if (version->index > 0 && message.arrivals().has_tape()) {
      return Invalid("timestamps of version ", version->index,
                     ", expected those of the first only");
    }
    instance.arrivals.version = *version;
  }
  return instance;
}

absl::Status CheckPayloadSets(const wire::Plan& message) {
  uint64_t total = 0;
  for (const wire::PayloadSet& set : message.payload_sets()) {
    if (set.body_bytes().empty()) return Invalid("payload set without bodies");
    for (uint64_t bytes : set.body_bytes()) {
      if (bytes > kMaxBodyBytes) {
        return Invalid("body of ", bytes, " bytes, expected at most ",
                       kMaxBodyBytes);
      }
      total += bytes + sizeof(std::string);
      if (total > kMaxPayloadBytes) {
        return Invalid("bodies of more than ", kMaxPayloadBytes,
                       " bytes in all");
      }
    }
  }
  return absl::OkStatus();
}

// REQUIRES: each tape is valid.
absl::Status CheckTapes(const wire::Plan& message) {
  uint64_t total = 0;
  for (const wire::Instance& instance : message.instances()) {
    total += instance.arrivals().tape().instants();
  }
  if (total <= kMaxTapeInstants) return absl::OkStatus();
  return Invalid(total, " timestamps in all, expected at most ",
                 kMaxTapeInstants);
}

}  // namespace

wire::Plan ToWire(const Plan& plan) {
  wire::Plan message;
  message.set_test_name(plan.test_name);
  message.set_duration_s(plan.duration_s);
  message.set_seed(plan.seed);
  message.set_blocking(plan.blocking);
  message.set_warmup_s(plan.warmup_s);
  for (const InstancePlan& instance : plan.instances) {
    *message.add_instances() = ToWire(instance);
  }
  for (const PayloadSet& set : plan.payload_sets) {
    wire::PayloadSet* sizes = message.add_payload_sets();
    for (const std::string& body : set) sizes->add_body_bytes(body.size());
  }
  return message;
}

absl::StatusOr<Plan> FromWire(const wire::Plan& message) {
  Plan plan;
  if (!(message.duration_s() > 0 && message.duration_s() <= kMaxDurationS)) {
    return Invalid("duration ", message.duration_s(),
                   " s, expected more than 0 and at most ", kMaxDurationS);
  }
  if (absl::Status status = CheckPayloadSets(message); !status.ok()) {
    return status;
  }
  if (!(message.warmup_s() >= 0 && message.warmup_s() < message.duration_s())) {
    return Invalid("warm-up of ", message.warmup_s(), " s in a plan of ",
                   message.duration_s(), " s");
  }
  plan.test_name = message.test_name();
  plan.duration_s = message.duration_s();
  plan.seed = message.seed();
  plan.blocking = message.blocking();
  plan.warmup_s = message.warmup_s();
  absl::flat_hash_set<absl::string_view> names;
  for (const wire::Instance& instance : message.instances()) {
    if (instance.name().empty()) return Invalid("instance without a name");
    if (!names.insert(instance.name()).second) {
      return Invalid("two instances named ", Quoted(instance.name()));
    }
    absl::StatusOr<InstancePlan> decoded = InstanceFromWire(
        instance, plan.duration_s, message.payload_sets_size());
    if (!decoded.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("instance ", Quoted(instance.name()), ": ",
                       decoded.status().message()));
    }
    plan.instances.push_back(*std::move(decoded));
  }
  if (absl::Status status = CheckVersions(plan); !status.ok()) return status;
  if (absl::Status status = CheckTapes(message); !status.ok()) return status;
  for (const wire::PayloadSet& set : message.payload_sets()) {
    plan.payload_sets.emplace_back(static_cast<size_t>(set.body_bytes_size()));
  }
  return plan;
}

wire::Share ToWire(const Share& share) {
  wire::Share message;
  message.set_instance(static_cast<uint32_t>(share.instance));
  message.set_index(share.index);
  message.set_count(share.count);
  return message;
}

absl::StatusOr<Share> FromWire(const wire::Share& message, const Plan& plan) {
  if (message.instance() >= plan.instances.size()) {
    return Invalid("share of instance ", message.instance(), " of ",
                   plan.instances.size());
  }
  const uint64_t most = plan.blocking ? 1 : kMaxShareCount;
  if (message.count() == 0 || message.count() > most) {
    return Invalid("share count ", message.count(), ", expected 1 .. ", most);
  }
  if (message.index() >= message.count()) {
    return Invalid("share index ", message.index(), " of ", message.count());
  }
  return Share{message.instance(), message.index(), message.count()};
}

}  // namespace invocator
