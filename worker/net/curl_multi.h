// libcurl's multi handle under an event loop of ours: sockets are watched, the
// timer is kept, and both are acted on when the owner says.
//
// Units: nanoseconds on whatever timeline the owner passes in. Thread-
// compatible: belongs to one engine. Owns the multi handle, from which every
// easy handle must be removed before it goes; borrows the event loop.
#ifndef INVOCATOR_WORKER_NET_CURL_MULTI_H_
#define INVOCATOR_WORKER_NET_CURL_MULTI_H_

#include <curl/curl.h>

#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "worker/net/event_loop.h"

namespace invocator {

class CurlMulti {
 public:
  using OnDone = absl::FunctionRef<void(CURL* easy, CURLcode code)>;

  // RESOURCE_EXHAUSTED when libcurl has no memory.
  static absl::StatusOr<std::unique_ptr<CurlMulti>> Create(EventLoop& loop);
  ~CurlMulti() { curl_multi_cleanup(multi_); }
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  void SetMaxConnections(uint32_t count);

  // Starts a transfer at once.
  void Start(CURL* easy, int64_t now_ns);
  // Adds it; it starts when libcurl is next called.
  void Add(CURL* easy) { curl_multi_add_handle(multi_, easy); }
  void Remove(CURL* easy) { curl_multi_remove_handle(multi_, easy); }

  // A socket that the event loop reports.
  void OnReady(int fd, uint32_t events, int64_t now_ns);
  // When libcurl wants to be called though nothing happened.
  int64_t due_ns() const { return due_ns_; }
  // Calls it if that instant has come; false if not.
  bool ActIfDue(int64_t now_ns);
  // Tells what is done; false if nothing is. `on_done` may remove the handle.
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

// What every easy handle of ours has: it shall not raise signals, nor hold up
// the engine when it is given up while its host is looked up.
void SetUpEasy(CURL* easy);

}  // namespace invocator

#endif  // INVOCATOR_WORKER_NET_CURL_MULTI_H_
