#include "worker/net/proxy_tunnel.h"

#include <openssl/err.h>

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http/proxy.h"
#include "common/http/user_agent.h"

namespace invocator {
namespace {

// Limits on the headers of all answers to CONNECT, and on what one step reads
// of them: about as long a step as one of a handshake.
constexpr size_t kMostHeadBytes = size_t{64} * 1024;
constexpr size_t kStepBytes = size_t{4} * 1024;

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

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The status of an answer that begins "HTTP/1.1 200"; 0 if it does not.
uint32_t StatusOf(absl::string_view answer) {
  if (!absl::StartsWith(answer, "HTTP/1.") || answer.size() < 13 ||
      answer[8] != ' ' || IsDigit(answer[12])) {
    return 0;
  }
  uint32_t status = 0;
  for (const char digit : answer.substr(9, 3)) {
    if (!IsDigit(digit)) return 0;
    status = status * 10 + static_cast<uint32_t>(digit - '0');
  }
  return status;
}

bool IsWhole(absl::string_view answer) {
  return absl::EndsWith(answer, "\n\r\n") || absl::EndsWith(answer, "\n\n");
}

// Hides OpenSSL's queued errors. The target's TLS sends and receives through
// the tunnel with its own error in that queue, which the proxy's TLS would
// take for its own, and clear.
class HiddenErrors {
 public:
  HiddenErrors() : oldest_(ERR_peek_error()) {
    if (oldest_ != 0) ERR_clear_error();
  }
  ~HiddenErrors() {
    if (oldest_ != 0) {
      ERR_raise(ERR_GET_LIB(oldest_), ERR_GET_REASON(oldest_));
    }
  }
  HiddenErrors(const HiddenErrors&) = delete;
  HiddenErrors& operator=(const HiddenErrors&) = delete;

 private:
  const unsigned long oldest_;
};

}  // namespace

ProxyTunnel::ProxyTunnel(std::unique_ptr<Socket> socket, const Origin& origin)
    : Socket(socket->fd()),
      origin_(origin),
      stream_(std::move(socket)),
      unsent_(ConnectRequest(origin)) {}

bool ProxyTunnel::StartTls(TlsContext& context, TlsSession& session) {
  return stream_.StartTls(context, origin_.proxy->address.host, session);
}

Socket::State ProxyTunnel::Open() {
  State state = State::kOk;
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
  for (size_t left = kStepBytes; left > 0; --left) {
    char byte = 0;
    const Result read = stream_.Read({&byte, 1});
    if (read.state != State::kOk) return read.state;
    answer_.push_back(byte);
    if (++came_ > kMostHeadBytes) {
      fault_ = "its headers exceed 64 KiB";
      return State::kFailed;
    }
    if (IsWhole(answer_)) return TakeAnswer();
  }
  return State::kOk;
}

Socket::State ProxyTunnel::TakeAnswer() {
  const uint32_t status = StatusOf(answer_);
  answer_.clear();
  switch (status / 100) {
    case 1:  // another one follows
      return State::kOk;
    case 2:
      step_ = Step::kOpen;
      return State::kOk;
    default:
      refused_with_ = status;
      if (status == 0) fault_ = "it is not HTTP/1.1";
      return State::kFailed;
  }
}

TransportFailure ProxyTunnel::WhyFailed() const {
  if (refused_with_ != 0) {
    return {Reason::kProxyRefused,
            absl::StrCat("the proxy answered CONNECT with ", refused_with_)};
  }
  const std::string proxy = ProxyWords(*origin_.proxy);
  // It may refuse our certificate, or its absence, after our handshake has
  // ended.
  const bool by_certificate =
      came_ == 0 && fault_.empty() && stream_.asked_for_certificate();
  if (step_ == Step::kHandshake || tls_broke() || by_certificate) {
    return {Reason::kProxyFailed, absl::StrCat("TLS with ", proxy, ": ",
                                               stream_.WhyTlsFailed().detail)};
  }
  if (!fault_.empty()) {
    return {Reason::kProxyFailed,
            absl::StrCat("the answer of ", proxy, " to CONNECT: ", fault_)};
  }
  const int error = stream_.system_error();
  return {Reason::kProxyFailed,
          absl::StrCat("waiting for ", proxy, " to answer CONNECT: ",
                       error == 0 ? "closed by the proxy" : ErrnoWords(error))};
}

TransportFailure ProxyTunnel::WhyLate() const {
  const std::string proxy = ProxyWords(*origin_.proxy);
  return {
      Reason::kConnectTimeout,
      step_ == Step::kHandshake
          ? absl::StrCat("still in the TLS handshake with ", proxy)
          : absl::StrCat("still waiting for ", proxy, " to answer CONNECT")};
}

void ProxyTunnel::CopyState() {
  drained_ = stream_.drained();
  error_ = stream_.system_error();
  sent_bytes_ = stream_.sent_bytes();
}

Socket::Result ProxyTunnel::Receive(absl::Span<char> into) {
  const HiddenErrors hidden;
  const Result result = stream_.Read(into);
  CopyState();
  return result;
}

Socket::Result ProxyTunnel::Send(absl::string_view front,
                                 absl::string_view rest) {
  const HiddenErrors hidden;
  const Result result = stream_.Write(front, rest, {});
  CopyState();
  return result;
}

}  // namespace invocator
