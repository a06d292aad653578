#include "worker/net/curl_multi.h"

#include <sys/epoll.h>

#include "absl/status/status.h"
#include "common/http/user_agent.h"

namespace invocator {

absl::StatusOr<std::unique_ptr<CurlMulti>> CurlMulti::Create(EventLoop& loop) {
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) {
    return absl::ResourceExhaustedError("curl_multi_init failed");
  }
  return std::unique_ptr<CurlMulti>(new CurlMulti(loop, multi));
}

CurlMulti::CurlMulti(EventLoop& loop, CURLM* multi)
    : loop_(loop), multi_(multi) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

int CurlMulti::OnSocket(CURL*, curl_socket_t socket, int what, void* self,
                        void*) {
  EventLoop& loop = static_cast<CurlMulti*>(self)->loop_;
  if (what == CURL_POLL_REMOVE) {
    loop.Unwatch(socket);
    return 0;
  }
  uint32_t events = 0;
  if (what & CURL_POLL_IN) events |= EPOLLIN;
  if (what & CURL_POLL_OUT) events |= EPOLLOUT;
  return loop.Watch(socket, events).ok() ? 0 : -1;
}

int CurlMulti::OnTimer(CURLM*, long timeout_ms, void* self) {
  CurlMulti& multi = *static_cast<CurlMulti*>(self);
  multi.due_ns_ = timeout_ms < 0
                      ? INT64_MAX
                      : multi.now_ns_ + int64_t{timeout_ms} * 1'000'000;
  return 0;
}

void CurlMulti::Start(CURL* easy, int64_t now_ns) {
  now_ns_ = now_ns;
  curl_multi_add_handle(multi_, easy);
  // Without this it would wait for the timer, and the owner's next turn.
  int running;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

void CurlMulti::OnReady(int fd, uint32_t events, int64_t now_ns) {
  int mask = 0;
  if (events & EPOLLIN) mask |= CURL_CSELECT_IN;
  if (events & EPOLLOUT) mask |= CURL_CSELECT_OUT;
  if (events & (EPOLLERR | EPOLLHUP)) mask |= CURL_CSELECT_ERR;
  now_ns_ = now_ns;
  int running;
  curl_multi_socket_action(multi_, fd, mask, &running);
}

bool CurlMulti::ActIfDue(int64_t now_ns) {
  now_ns_ = now_ns;
  if (now_ns < due_ns_) return false;
  due_ns_ = INT64_MAX;
  int running;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  return true;
}

bool CurlMulti::TakeDone(OnDone on_done) {
  bool any = false;
  int left;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    any = true;
    on_done(message->easy_handle, message->data.result);
  }
  return any;
}

void SetUpEasy(CURL* easy) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  // Giving up during a look-up must not wait for the look-up's thread.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
}

}  // namespace invocator
