#include "coordinator/lambda_client.h"

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

absl::StatusOr<HttpResponse> LambdaClient::Once(const LambdaRequest& request) {
  absl::StatusOr<Credentials> credentials = system_.credentials();
  if (!credentials.ok()) return credentials.status();
  if (!(*credentials == signer_.credentials())) {
    signer_.set_credentials(*std::move(credentials));
  }
  HttpRequest signed_request = Sign(request, signer_, system_.unix_s());
  signed_request.timeout = kCallTimeout;
  signed_request.connect_timeout = kConnectTimeout;
  return system_.fetch(signed_request);
}

absl::StatusOr<FunctionConfiguration> LambdaClient::Call(
    const LambdaFunction& function, const LambdaRequest& request,
    absl::string_view what) {
  const std::string action = absl::StrCat(what, " ", function.ToString());
  for (int attempt = 0;; ++attempt) {
    const absl::StatusOr<HttpResponse> response = Once(request);
    absl::Status status = response.status();
    if (response.ok()) {
      absl::StatusOr<FunctionConfiguration> configuration =
          ParseConfiguration(*response);
      if (configuration.ok()) return configuration;
      status = configuration.status();
    }
    if (!MayBeRepeated(status) || attempt + 1 == kAttempts) {
      return absl::Status(
          status.code(),
          absl::StrCat(action, ": ", status.message(),
                       attempt == 0
                           ? ""
                           : absl::StrCat(" (", attempt + 1, " attempts)")));
    }
    if (!system_.sleep(PauseAfter(response, attempt, system_.jitter()))) {
      return GivenUp(action);
    }
  }
}

absl::StatusOr<FunctionConfiguration> LambdaClient::Get(
    const LambdaFunction& function) {
  const absl::StatusOr<LambdaRequest> request =
      GetConfigurationRequest(function, endpoint_url_);
  if (!request.ok()) return request.status();
  return Call(function, *request, "reading the configuration of");
}

absl::StatusOr<FunctionConfiguration> LambdaClient::SetMemory(
    const LambdaFunction& function, uint32_t memory_mb) {
  const absl::StatusOr<LambdaRequest> request =
      SetMemoryRequest(function, endpoint_url_, memory_mb);
  if (!request.ok()) return request.status();
  const int64_t give_up_ns =
      system_.steady_ns() + absl::ToInt64Nanoseconds(kSettleTimeout);
  while (true) {
    const absl::StatusOr<FunctionConfiguration> set =
        Call(function, *request,
             absl::StrCat("setting the memory to ", memory_mb, " MB of"));
    if (!absl::IsAborted(set.status())) return set;
    // Not only until it says so: it may say so before it takes another update.
    if (system_.steady_ns() >= give_up_ns) return set.status();
    if (!system_.sleep(kMaxPoll * (0.5 + system_.jitter() / 2))) {
      return GivenUp(set.status().message());
    }
  }
}

absl::Status LambdaClient::WaitUntilSettled(
    const LambdaFunction& function, FunctionConfiguration configuration) {
  using Update = FunctionConfiguration::Update;
  const int64_t give_up_ns =
      system_.steady_ns() + absl::ToInt64Nanoseconds(kSettleTimeout);
  absl::Duration pause = kFirstPoll;
  while (configuration.update == Update::kInProgress) {
    if (system_.steady_ns() >= give_up_ns) {
      return absl::DeadlineExceededError(absl::StrCat(
          "the update of ", function.ToString(), " is still in progress after ",
          absl::FormatDuration(kSettleTimeout)));
    }
    if (!system_.sleep(pause)) {
      return GivenUp(absl::StrCat("waiting for ", function.ToString()));
    }
    pause = std::min(pause * 2, kMaxPoll);
    absl::StatusOr<FunctionConfiguration> next = Get(function);
    if (!next.ok()) return next.status();
    configuration = *std::move(next);
  }
  if (configuration.update == Update::kFailed) {
    return absl::InternalError(
        absl::StrCat("the update of ", function.ToString(),
                     " failed: ", configuration.update_reason));
  }
  return absl::OkStatus();
}

}  // namespace invocator
