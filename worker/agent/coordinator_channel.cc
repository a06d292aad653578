#include "worker/agent/coordinator_channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/channel/grpc_lifetime.h"
#include "common/wire/protocol.h"

namespace invocator {
namespace {

constexpr std::chrono::milliseconds kBetweenAttempts{200};
constexpr std::chrono::seconds kAttempt{10};
// Lower bound, however short the patience: long enough for a refused
// connection.
constexpr std::chrono::seconds kShortestAttempt{1};
// Time for gRPC to report a deadline or a cancellation.
constexpr std::chrono::seconds kAttemptGrace{5};
constexpr int kMaxBackoffMs = 5'000;
constexpr absl::Duration kForever = absl::Hours(24 * 3'660);

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(
    const Security& security) {
  if (!security.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = security.tls->ca;
  options.pem_cert_chain = security.tls->cert;
  options.pem_private_key = security.tls->key;
  return grpc::SslCredentials(options);
}

// A call of a method that no coordinator has. A reachable coordinator refuses
// it; without a connection it fails at once, with the reason. It shows no
// token. gRPC holds it until it has answered, which may be never.
struct Knocking {
  explicit Knocking(const std::shared_ptr<grpc::Channel>& channel)
      : stub(channel) {}

  grpc::GenericStub stub;
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
};

// nullopt if gRPC itself did not keep the deadline: it gets no thread.
std::optional<grpc::Status> Knock(const std::shared_ptr<grpc::Channel>& channel,
                                  std::chrono::nanoseconds attempt,
                                  const std::function<bool()>& give_up) {
  auto knocking = std::make_unique<Knocking>(channel);
  auto overdue = std::chrono::steady_clock::now() + attempt + kAttemptGrace;
  knocking->context.set_deadline(std::chrono::system_clock::now() + attempt);
  const grpc::Slice empty;
  knocking->request = grpc::ByteBuffer(&empty, 1);
  // All that the callback touches: a channel must not end on gRPC's thread.
  const auto answered = std::make_shared<std::promise<grpc::Status>>();
  std::future<grpc::Status> answer = answered->get_future();
  knocking->stub.UnaryCall(
      &knocking->context, "/invocator.wire.Fleet/Knock", grpc::StubOptions(),
      &knocking->request, &knocking->response,
      [answered](const grpc::Status& status) { answered->set_value(status); });
  bool cancelled = false;
  while (answer.wait_for(kBetweenAttempts) != std::future_status::ready) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= overdue) {
      static_cast<void>(knocking.release());  // gRPC's for ever
      return std::nullopt;
    }
    if (!give_up() || std::exchange(cancelled, true)) continue;
    knocking->context.TryCancel();
    overdue = std::min(overdue, now + kAttemptGrace);
  }
  grpc::Status status = answer.get();
  if (status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED) return status;
  return grpc::Status(
      status.error_code(),
      "no answer; a firewall may drop the connection, or another "
      "program may be listening there");
}

}  // namespace

absl::Status CheckTokenStaysSecret(const Address& coordinator,
                                   const Security& security) {
  if (security.token.empty() || security.tls ||
      IsLoopbackHost(coordinator.host)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "the join token would go to ", coordinator.ToString(),
      " in the clear: give --tls-cert, --tls-key and --tls-ca, or --insecure "
      "to send it nevertheless"));
}

std::shared_ptr<grpc::Channel> OpenChannel(const Address& coordinator,
                                           const Security& security) {
  KeepGrpc();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAssignmentBytes);
  // By default a worker could take two minutes to see that its coordinator has
  // come.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxBackoffMs);
  // A worker dials again because its connection is broken, or may be: the new
  // channel must not share it.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // The environment's proxy is not for connections to this machine.
  if (IsLoopbackHost(coordinator.host)) {
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  }
  return grpc::CreateCustomChannel(coordinator.ToString(),
                                   MakeCredentials(security), arguments);
}

absl::Status AwaitCoordinator(
    const std::shared_ptr<grpc::Channel>& channel, absl::Duration patience,
    const std::function<bool()>& give_up,
    const std::function<void(const std::string&)>& tell) {
  const auto deadline = std::chrono::steady_clock::now() +
                        absl::ToChronoNanoseconds(std::min(patience, kForever));
  std::string told;
  while (true) {
    const std::chrono::nanoseconds left =
        deadline - std::chrono::steady_clock::now();
    const std::optional<grpc::Status> status = Knock(
        channel,
        std::clamp<std::chrono::nanoseconds>(left, kShortestAttempt, kAttempt),
        give_up);
    if (!status) {
      return absl::InternalError(
          "gRPC does not answer: it may have got no thread (ulimit -u or -v, "
          "or a container's limit)");
    }
    if (give_up()) return absl::CancelledError("asked to stop");
    if (status->error_code() != grpc::StatusCode::UNAVAILABLE &&
        status->error_code() != grpc::StatusCode::DEADLINE_EXCEEDED) {
      return absl::OkStatus();
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return absl::DeadlineExceededError(status->error_message());
    }
    if (status->error_message() != told) tell(told = status->error_message());
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

std::string ExplainUnreachable(const std::string& reason, bool with_tls) {
  absl::string_view guess;
  if (absl::StrContains(reason, "certificate verify failed")) {
    guess =
        "its certificate is not one that --tls-ca has signed for a "
        "coordinator, or is out of date";
  } else if (absl::StrContains(reason, "wrong version number")) {
    guess = "it does not speak TLS";
  } else if (absl::StrContains(reason, "is not in peer certificate")) {
    guess = "its certificate is for another host";
  } else if (absl::StrContains(reason, "Socket closed") ||
             absl::StrContains(reason, "onnection reset")) {
    guess = with_tls ? "it may not take our certificate (--tls-cert)"
                     : "it may want TLS (--tls-cert, --tls-key, --tls-ca)";
  }
  return guess.empty() ? reason : absl::StrCat(guess, ": ", reason);
}

}  // namespace invocator
