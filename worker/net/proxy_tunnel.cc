#include "worker/net/proxy_tunnel.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/http/proxy.h"
#include "common/http/user_agent.h"

namespace invocator {
namespace {

// Limit on the head of an answer to CONNECT.
constexpr size_t kMostHeadBytes = size_t{64} * 1024;

std::string ConnectRequest(const Origin& origin) {
  const std::string target = origin.authority();
  std::string request =
      absl::StrCat("CONNECT ", target, " HTTP/1.1\r\nHost: ", target,
                   "\r\nUser-Agent: ", kUserAgent);
  if (!origin.proxy->authorization.empty()) {
    absl::StrAppend(&request,
                    "\r\nProxy-Authorization: ", origin.proxy->authorization);
  }
  absl::StrAppend(&request, "\r\n\r\n");
  return request;
}

// The status of an answer that begins "HTTP/1.1 200"; 0 if it does not.
uint32_t StatusOf(absl::string_view answer) {
  uint32_t status = 0;
  if (!absl::StartsWith(answer, "HTTP/1.") || answer.size() < 12 ||
      answer[8] != ' ' || !absl::SimpleAtoi(answer.substr(9, 3), &status)) {
    return 0;
  }
  return status;
}

}  // namespace

ProxyTunnel::ProxyTunnel(std::unique_ptr<Socket> socket, const Origin& origin)
    : Socket(socket->fd()),
      origin_(origin),
      stream_(std::move(socket)),
      unsent_(ConnectRequest(origin)) {}

bool ProxyTunnel::Begin(TlsContext& context, TlsSession& session) {
  return stream_.StartTls(context, origin_.proxy->address.host, session);
}

Socket::State ProxyTunnel::Open() {
  State state = State::kOk;
  while (state == State::kOk && !is_open()) {
    switch (step_) {
      case Step::kHandshake:
        state = stream_.Handshake();
        if (state == State::kOk) step_ = Step::kRequest;
        break;
      case Step::kRequest:
        state = SendRequest();
        break;
      case Step::kAnswer:
        state = ReadAnswer();
        break;
      case Step::kOpen:
        break;
    }
  }
  return state == State::kEnd ? State::kFailed : state;
}

Socket::State ProxyTunnel::SendRequest() {
  const Result sent = stream_.Write(unsent_, "", {});
  if (sent.state != State::kOk) return sent.state;
  unsent_.erase(0, sent.bytes);
  if (unsent_.empty()) step_ = Step::kAnswer;
  return State::kOk;
}

Socket::State ProxyTunnel::ReadAnswer() {
  char byte = 0;
  const Result read = stream_.Read({&byte, 1});
  if (read.state != State::kOk) return read.state;
  answer_.push_back(byte);
  if (answer_.size() > kMostHeadBytes) {
    fault_ = "its head has no end";
    return State::kFailed;
  }
  if (!AnswerIsWhole()) return State::kOk;
  const uint32_t status = StatusOf(answer_);
  if (status / 100 == 1) {
    answer_.clear();  // another one follows
  } else if (status / 100 == 2) {
    step_ = Step::kOpen;
    answer_ = {};
  } else {
    refused_with_ = status;
    if (status == 0) fault_ = "its answer is not HTTP/1.1";
    return State::kFailed;
  }
  return State::kOk;
}

bool ProxyTunnel::AnswerIsWhole() const {
  return absl::EndsWith(answer_, "\n\r\n") || absl::EndsWith(answer_, "\n\n");
}

TransportFailure ProxyTunnel::WhyNotOpen() const {
  if (refused_with_ != 0) {
    return {Reason::kProxyRefused,
            absl::StrCat("the proxy answered CONNECT with ", refused_with_)};
  }
  const std::string proxy = ProxyWords(*origin_.proxy);
  if (step_ == Step::kHandshake) {
    return {Reason::kProxyFailed, absl::StrCat("TLS with ", proxy, ": ",
                                               stream_.WhyTlsFailed().detail)};
  }
  const int error = stream_.system_error();
  return {Reason::kProxyFailed,
          absl::StrCat("waiting for ", proxy, " to answer CONNECT: ",
                       !fault_.empty() ? fault_
                       : error == 0    ? "closed by the proxy"
                                       : ErrnoWords(error))};
}

TransportFailure ProxyTunnel::WhyLate() const {
  const std::string proxy = ProxyWords(*origin_.proxy);
  return {
      Reason::kConnectTimeout,
      step_ == Step::kHandshake
          ? absl::StrCat("still in the TLS handshake with ", proxy)
          : absl::StrCat("still waiting for ", proxy, " to answer CONNECT")};
}

void ProxyTunnel::Follow() {
  drained_ = stream_.drained();
  error_ = stream_.system_error();
  sent_bytes_ = stream_.sent_bytes();
}

Socket::Result ProxyTunnel::Receive(absl::Span<char> into) {
  const Result result = stream_.Read(into);
  Follow();
  return result;
}

Socket::Result ProxyTunnel::Send(absl::string_view front,
                                 absl::string_view rest) {
  const Result result = stream_.Write(front, rest, {});
  Follow();
  return result;
}

}  // namespace invocator
