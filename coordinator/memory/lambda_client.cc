#include "coordinator/memory/lambda_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(20);
constexpr absl::Duration kConnectTimeout = absl::Seconds(5);
constexpr absl::Duration kFirstBackoff = absl::Seconds(1);
constexpr absl::Duration kMaxBackoff = absl::Seconds(20);
constexpr absl::Duration kFirstPoll = absl::Milliseconds(200);
constexpr absl::Duration kMaxPoll = absl::Seconds(1);

bool MayBeRepeated(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsUnavailable(status) ||
         absl::IsDeadlineExceeded(status);
}

// As Retry-After says, or by exponential backoff with full jitter; in any case
// bounded.
absl::Duration PauseAfter(const absl::StatusOr<HttpResponse>& response,
                          int attempt, double jitter) {
  int64_t seconds = 0;
  if (response.ok() &&
      absl::SimpleAtoi(response->Find("retry-after").value_or(""), &seconds) &&
      seconds > 0) {
    return std::min(absl::Seconds(std::min<int64_t>(seconds, 3600)),
                    kMaxBackoff);
  }
  return std::min(kFirstBackoff * (int64_t{1} << attempt), kMaxBackoff) *
         jitter;
}

absl::Status GivenUp(absl::string_view what) {
  return absl::CancelledError(absl::StrCat("interrupted: ", what));
}

}  // namespace

LambdaClient::LambdaClient(LambdaSystem system, std::string endpoint_url)
    : system_(std::move(system)), endpoint_url_(std::move(endpoint_url)) {}

absl::StatusOr<HttpResponse> LambdaClient::Once(const LambdaRequest& request,
                                                Credentials credentials) {
  if (!(credentials == signer_.credentials())) {
    signer_.set_credentials(std::move(credentials));
  }
  HttpRequest signed_request = Sign(request, signer_, system_.unix_s());
  signed_request.timeout = kCallTimeout;
  signed_request.connect_timeout = kConnectTimeout;
  return system_.fetch(signed_request);
}

MemoryAnswer LambdaClient::Call(const LambdaFunction& function,
                                const LambdaRequest& request,
                                absl::string_view what) {
  const std::string action = absl::StrCat(what, " ", function.ToString());
  bool may_be_made = false;
  for (int attempt = 0;; ++attempt) {
    if (system_.give_up()) return {GivenUp(action), may_be_made};
    absl::StatusOr<Credentials> credentials = system_.credentials();
    if (!credentials.ok()) return {credentials.status(), may_be_made};
    const absl::StatusOr<HttpResponse> response =
        Once(request, *std::move(credentials));
    // A server that fails may have done its work before.
    may_be_made |= !response.ok() || response->status >= 500;
    absl::Status status = response.status();
    if (response.ok()) {
      absl::StatusOr<FunctionConfiguration> configuration =
          ParseConfiguration(*response);
      if (configuration.ok()) return {std::move(configuration), true};
      may_be_made |= absl::IsUnimplemented(configuration.status());
      status = configuration.status();
    }
    if (!MayBeRepeated(status) || attempt + 1 == kAttempts) {
      return {absl::Status(
                  status.code(),
                  absl::StrCat(action, ": ", status.message(),
                               attempt == 0 ? ""
                                            : absl::StrCat(" (", attempt + 1,
                                                           " attempts)"))),
              may_be_made};
    }
    if (attempt == 0 && system_.say) {
      system_.say(absl::StrCat(action, ": ", status.message(),
                               "; trying again, at most ", kAttempts - 1,
                               " times"));
    }
    if (!system_.sleep(PauseAfter(response, attempt, system_.jitter()))) {
      return {GivenUp(action), may_be_made};
    }
  }
}

absl::StatusOr<FunctionConfiguration> LambdaClient::Get(
    const LambdaFunction& function) {
  const absl::StatusOr<LambdaRequest> request =
      GetConfigurationRequest(function, endpoint_url_);
  if (!request.ok()) return request.status();
  return Call(function, *request, "reading the configuration of").configuration;
}

MemoryAnswer LambdaClient::SetMemory(const LambdaFunction& function,
                                     uint32_t memory_mb,
                                     absl::string_view revision) {
  const absl::StatusOr<LambdaRequest> request =
      SetMemoryRequest(function, endpoint_url_, memory_mb, revision);
  if (!request.ok()) return {request.status(), false};
  return Call(function, *request,
              absl::StrCat("setting the memory to ", memory_mb, " MB of"));
}

absl::StatusOr<FunctionConfiguration> LambdaClient::ReadUntil(
    const LambdaFunction& function, FunctionConfiguration configuration,
    const std::function<bool(const FunctionConfiguration&)>& done) {
  const int64_t give_up_ns =
      system_.steady_ns() + absl::ToInt64Nanoseconds(kSettleTimeout);
  absl::Duration pause = kFirstPoll;
  while (!done(configuration)) {
    if (system_.steady_ns() >= give_up_ns) {
      return absl::DeadlineExceededError(absl::StrCat(
          "the update of ", function.ToString(), " is still in progress after ",
          absl::FormatDuration(kSettleTimeout), ", at ",
          configuration.memory_mb, " MB"));
    }
    if (!system_.sleep(pause)) {
      return GivenUp(absl::StrCat("waiting for ", function.ToString()));
    }
    pause = std::min(pause * 2, kMaxPoll);
    absl::StatusOr<FunctionConfiguration> next = Get(function);
    if (!next.ok()) return next.status();
    configuration = *std::move(next);
  }
  return configuration;
}

absl::Status LambdaClient::Change(
    const LambdaFunction& function, FunctionConfiguration configuration,
    const std::function<absl::Status(const FunctionConfiguration&)>& change) {
  const int64_t give_up_ns =
      system_.steady_ns() + absl::ToInt64Nanoseconds(kSettleTimeout);
  while (true) {
    // The revision changes once more when an update ends (github.com/aws/
    // aws-sdk, issue 377): one read in the midst of it would be of no use.
    const absl::StatusOr<FunctionConfiguration> settled =
        ReadUntil(function, std::move(configuration), [](const auto& current) {
          return current.update != FunctionConfiguration::Update::kInProgress;
        });
    if (!settled.ok()) return settled.status();
    absl::Status status = change(*settled);
    if (!absl::IsAborted(status)) return status;
    // What says that it is settled may still refuse another update.
    if (system_.steady_ns() >= give_up_ns) return status;
    if (!system_.sleep(kMaxPoll * (0.5 + system_.jitter() / 2))) {
      return GivenUp(status.message());
    }
    absl::StatusOr<FunctionConfiguration> next = Get(function);
    if (!next.ok()) return next.status();
    configuration = *std::move(next);
  }
}

absl::StatusOr<FunctionConfiguration> LambdaClient::Confirm(
    const LambdaFunction& function, FunctionConfiguration configuration,
    uint32_t memory_mb) {
  using Update = FunctionConfiguration::Update;
  absl::StatusOr<FunctionConfiguration> settled = ReadUntil(
      function, std::move(configuration), [memory_mb](const auto& current) {
        return current.update == Update::kFailed ||
               (current.update == Update::kSuccessful &&
                current.memory_mb == memory_mb);
      });
  if (!settled.ok()) return settled.status();
  if (settled->update == Update::kFailed) {
    return absl::InternalError(
        absl::StrCat("the update of ", function.ToString(),
                     " failed: ", settled->update_reason));
  }
  return settled;
}

}  // namespace invocator
