// libcurl's multi handle on our event loop: watches its sockets, keeps its
// timer, and acts on both when the owner calls.
//
// Units: nanoseconds on the owner's timeline. Thread-compatible: belongs to
// one engine. Owns the multi handle; every easy handle must be removed before
// this is destroyed. Borrows the event loop.
#ifndef INVOCATOR_WORKER_NET_CURL_MULTI_H_
#define INVOCATOR_WORKER_NET_CURL_MULTI_H_

#include <curl/curl.h>

#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "worker/io/event_loop.h"

namespace invocator {

class CurlMulti {
 public:
  using OnDone = absl::FunctionRef<void(CURL* easy, CURLcode code)>;

  // RESOURCE_EXHAUSTED when libcurl has no memory.
  static absl::StatusOr<std::unique_ptr<CurlMulti>> Create(EventLoop& loop);
  ~CurlMulti() { curl_multi_cleanup(multi_); }
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // Starts a transfer at once.
  void Start(CURL* easy, int64_t now_ns);
  void Remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

  // Handles an event of one of libcurl's sockets.
  void OnReady(int fd, uint32_t events, int64_t now_ns);
  // Instant at which libcurl must be called even without an event.
  int64_t due_ns() const { return due_ns_; }
  // Calls libcurl if that instant has come; false if not.
  bool ActIfDue(int64_t now_ns);
  // Calls `on_done`, which may remove the handle, for every finished transfer;
  // false if there are none.
  bool TakeDone(OnDone on_done);

 private:
  CurlMulti(EventLoop& loop, CURLM* multi);

  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self,
                      void* socket_data);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);

  EventLoop& loop_;
  CURLM* const multi_;
  int64_t now_ns_ = 0;  // of the call into libcurl under way
  int64_t due_ns_ = INT64_MAX;
};

// Sets the options of every easy handle: no signals, and no blocking of the
// engine when a transfer is given up during a look-up.
void SetUpEasy(CURL* easy);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_CURL_MULTI_H_
