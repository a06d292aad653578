#include "worker/curl_invoker.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "worker/response.h"

namespace invocator {
namespace {

constexpr char kUserAgent[] = "invocator/" INVOCATOR_VERSION;
constexpr int64_t kGiveUpPeriodNs = 100'000'000;

Outcome OutcomeOfFailure(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Outcome::kTimeout;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return Outcome::kConnectError;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_SHUTDOWN_FAILED:
      return Outcome::kTlsError;
    default:
      return Outcome::kProtocolError;
  }
}

// The host of a URL, without port and brackets.
absl::string_view HostOf(absl::string_view url) {
  const size_t scheme = url.find("://");
  absl::string_view rest =
      url.substr(scheme == absl::string_view::npos ? 0 : scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?"));
  if (absl::StartsWith(rest, "[")) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

bool IsLoopback(absl::string_view host) {
  return host == "localhost" || host == "::1" || absl::StartsWith(host, "127.");
}

// libcurl before 8.0 breaks a connection of HTTP/2 in the clear at its second
// request (curl #10643, Debian 12 has 7.88). With TLS it does not.
bool CanReuseClearHttp2() {
  static const bool can =
      curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
  return can;
}

// Up to the path: what connections are made to.
std::string OriginOf(const std::string& url) {
  const size_t scheme = url.find("://");
  return url.substr(0, url.find('/', scheme + 3));
}

size_t CountBytes(char*, size_t size, size_t count, void*) {
  return size * count;
}

template <typename T>
T Info(CURL* easy, CURLINFO info) {
  T value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}

}  // namespace

// The header lines of one request for one second, shared by the transfers that
// send them.
struct CurlInvoker::HeaderList {
  explicit HeaderList(const InstanceRequest& request,
                      const PreparedSignature::Stamp* stamp) {
    for (const Header& header : request.headers) Add(header);
    if (stamp != nullptr) {
      Add({"X-Amz-Date", stamp->amz_date});
      Add({"Authorization", stamp->authorization});
    }
    // Without this a body over 1 MB would wait a second for a 100 Continue.
    list = curl_slist_append(list, "Expect:");
    if (request.bodies.front().body.empty()) {
      list = curl_slist_append(list, "Content-Type:");
    }
  }
  ~HeaderList() { curl_slist_free_all(list); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  void Add(const Header& header) {
    // "Name;" is how libcurl spells a header without a value.
    const std::string line =
        header.second.empty() ? absl::StrCat(header.first, ";")
                              : absl::StrCat(header.first, ": ", header.second);
    list = curl_slist_append(list, line.c_str());
  }

  curl_slist* list = nullptr;
};

struct CurlInvoker::Transfer {
  ~Transfer() { curl_easy_cleanup(easy); }

  static size_t OnHeader(char* line, size_t size, size_t count, void* self) {
    Transfer& transfer = *static_cast<Transfer*>(self);
    if (transfer.record.first_byte_ns == Record::kNever) {
      transfer.record.first_byte_ns = transfer.clock->NowNs();
    }
    AddHeaderLine({line, size * count}, transfer.facts);
    return size * count;
  }

  CURL* easy = nullptr;
  const RunClock* clock = nullptr;
  Record record;
  ResponseFacts facts;
  std::shared_ptr<HeaderList> headers;
  absl::string_view body;
  size_t in_flight_index = 0;
};

// What one instance has ready for its next invocations.
struct CurlInvoker::Target {
  struct Body {
    std::shared_ptr<HeaderList> headers;
    int64_t unix_s = -1;  // the second the headers were signed for
  };
  std::vector<Body> bodies;
  std::vector<std::unique_ptr<Transfer>> idle;
};

absl::StatusOr<std::unique_ptr<CurlInvoker>> CurlInvoker::Create(
    std::vector<InstanceRequest> requests, const WallClock& wall,
    const CurlInvokerOptions& options) {
  absl::StatusOr<std::unique_ptr<EventLoop>> loop = EventLoop::Create();
  if (!loop.ok()) return loop.status();
  std::unique_ptr<CurlInvoker> invoker(
      new CurlInvoker(*std::move(loop), std::move(requests), wall, options));
  if (invoker->multi_ == nullptr) {
    return absl::ResourceExhaustedError("curl_multi_init failed");
  }
  return invoker;
}

CurlInvoker::CurlInvoker(std::unique_ptr<EventLoop> loop,
                         std::vector<InstanceRequest> requests,
                         const WallClock& wall,
                         const CurlInvokerOptions& options)
    : loop_(std::move(loop)),
      requests_(std::move(requests)),
      wall_(wall),
      options_(options),
      multi_(curl_multi_init()),
      targets_(requests_.size()) {
  for (size_t i = 0; i < requests_.size(); ++i) {
    targets_[i].bodies.resize(requests_[i].bodies.size());
  }
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS,
                    static_cast<long>(options_.max_in_flight));
}

CurlInvoker::~CurlInvoker() {
  for (Transfer* transfer : in_flight_) {
    curl_multi_remove_handle(multi_, transfer->easy);
    delete transfer;
  }
  targets_.clear();
  curl_multi_cleanup(multi_);
}

int CurlInvoker::OnSocket(CURL*, curl_socket_t socket, int what, void* self,
                          void*) {
  EventLoop& loop = *static_cast<CurlInvoker*>(self)->loop_;
  if (what == CURL_POLL_REMOVE) {
    loop.Unwatch(socket);
    return 0;
  }
  uint32_t events = 0;
  if (what & CURL_POLL_IN) events |= EPOLLIN;
  if (what & CURL_POLL_OUT) events |= EPOLLOUT;
  return loop.Watch(socket, events).ok() ? 0 : -1;
}

int CurlInvoker::OnTimer(CURLM*, long timeout_ms, void* self) {
  CurlInvoker& invoker = *static_cast<CurlInvoker*>(self);
  invoker.timer_due_ns_ =
      timeout_ms < 0 ? INT64_MAX
                     : invoker.now_ns_ + int64_t{timeout_ms} * 1'000'000;
  return 0;
}

std::unique_ptr<CurlInvoker::Transfer> CurlInvoker::NewTransfer(
    const std::string& url) {
  auto transfer = std::make_unique<Transfer>();
  CURL* const easy = transfer->easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer.get());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, Transfer::OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, CountBytes);
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  }
  // A proxy of the environment is for the world outside.
  if (IsLoopback(HostOf(url))) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  const long version = !options_.http2 ? CURL_HTTP_VERSION_1_1
                       : absl::StartsWith(url, "https:")
                           ? CURL_HTTP_VERSION_2TLS
                           : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
  if (version == CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE && !CanReuseClearHttp2()) {
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  } else if (options_.http2) {
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  }
  return transfer;
}

std::unique_ptr<CurlInvoker::Transfer> CurlInvoker::NewTransfer(
    uint32_t instance) {
  const InstanceRequest& request = requests_[instance];
  std::unique_ptr<Transfer> transfer = NewTransfer(request.url);
  CURL* const easy = transfer->easy;
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(
                       absl::Ceil(request.timeout, absl::Milliseconds(1)))));
  const bool has_body = !request.bodies.front().body.empty();
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "GET" && !has_body) {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    if (request.method != "POST") {
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t{0});
  }
  return transfer;
}

const std::shared_ptr<CurlInvoker::HeaderList>& CurlInvoker::HeadersNow(
    uint32_t instance, size_t body) {
  Target::Body& ready = targets_[instance].bodies[body];
  BodyRequest& request = requests_[instance].bodies[body];
  const int64_t unix_s = request.signature ? wall_.NowUnixS() : 0;
  if (ready.unix_s != unix_s) {
    ready.headers = std::make_shared<HeaderList>(
        requests_[instance],
        request.signature ? &request.signature->At(unix_s) : nullptr);
    ready.unix_s = unix_s;
  }
  return ready.headers;
}

void CurlInvoker::Send(const DueInvocation& due, const RunClock& clock) {
  Target& target = targets_[due.instance];
  const size_t body = due.sequence % target.bodies.size();
  std::unique_ptr<Transfer> idle;
  if (target.idle.empty()) {
    idle = NewTransfer(due.instance);
  } else {
    // Last in, first out: what was used last is warm in the caches.
    idle = std::move(target.idle.back());
    target.idle.pop_back();
  }
  Transfer& transfer = *idle.release();  // owned by in_flight_ until it ends

  const std::shared_ptr<HeaderList>& headers = HeadersNow(due.instance, body);
  if (transfer.headers != headers) {
    transfer.headers = headers;
    curl_easy_setopt(transfer.easy, CURLOPT_HTTPHEADER, headers->list);
  }
  const absl::string_view bytes = requests_[due.instance].bodies[body].body;
  if (transfer.body.data() != bytes.data()) {
    transfer.body = bytes;
    curl_easy_setopt(transfer.easy, CURLOPT_POSTFIELDS, bytes.data());
    curl_easy_setopt(transfer.easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(bytes.size()));
  }
  transfer.clock = &clock;
  transfer.facts = ResponseFacts();
  transfer.record = Record();
  transfer.record.instance = due.instance;
  transfer.record.sequence = due.sequence;
  transfer.record.scheduled_ns = due.scheduled_ns;
  transfer.record.blocked_ns = due.blocked_ns;
  transfer.record.sent_ns = now_ns_ = clock.NowNs();
  Launch(transfer);
}

void CurlInvoker::Launch(Transfer& transfer) {
  transfer.in_flight_index = in_flight_.size();
  in_flight_.push_back(&transfer);
  curl_multi_add_handle(multi_, transfer.easy);
  // Starts it now; without this it would wait for the next Poll.
  int running;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

void CurlInvoker::Turn(int64_t timeout_ns, const RunClock& clock) {
  now_ns_ = clock.NowNs();
  if (timer_due_ns_ != INT64_MAX) {
    timeout_ns =
        std::min(timeout_ns, std::max<int64_t>(0, timer_due_ns_ - now_ns_));
  }
  int running;
  bool woke = false;
  loop_->Wait(timeout_ns, [&](int fd, uint32_t events) {
    if (!woke) now_ns_ = clock.NowNs();
    woke = true;
    int mask = 0;
    if (events & EPOLLIN) mask |= CURL_CSELECT_IN;
    if (events & EPOLLOUT) mask |= CURL_CSELECT_OUT;
    if (events & (EPOLLERR | EPOLLHUP)) mask |= CURL_CSELECT_ERR;
    curl_multi_socket_action(multi_, fd, mask, &running);
  });
  now_ns_ = clock.NowNs();
  if (now_ns_ >= timer_due_ns_) {
    timer_due_ns_ = INT64_MAX;
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  }
}

void CurlInvoker::Poll(int64_t timeout_ns, const RunClock& clock,
                       OnEnded on_ended) {
  // What ended while it was being sent must not wait for the sleep's end.
  if (DeliverEnded(clock, on_ended)) return;
  Turn(timeout_ns, clock);
  DeliverEnded(clock, on_ended);
}

bool CurlInvoker::DeliverEnded(const RunClock& clock, OnEnded on_ended) {
  bool any = false;
  int left;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    any = true;
    const CURLcode code = message->data.result;
    char* self = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &self);
    Transfer& transfer = *reinterpret_cast<Transfer*>(self);
    End(transfer,
        code == CURLE_OK ? OutcomeOf(transfer.facts) : OutcomeOfFailure(code),
        clock.NowNs(), on_ended);
  }
  return any;
}

void CurlInvoker::End(Transfer& transfer, Outcome outcome, int64_t now_ns,
                      OnEnded on_ended) {
  CURL* const easy = transfer.easy;
  const long opened = Info<long>(easy, CURLINFO_NUM_CONNECTS);
  connections_ += static_cast<uint64_t>(opened);
  Record& record = transfer.record;
  record.done_ns = now_ns;
  record.outcome = outcome;
  record.status = transfer.facts.status;
  record.new_connection = opened > 0;
  record.request_id = transfer.facts.request_id;
  record.bytes_sent =
      static_cast<uint64_t>(Info<long>(easy, CURLINFO_REQUEST_SIZE) +
                            Info<curl_off_t>(easy, CURLINFO_SIZE_UPLOAD_T));
  record.bytes_received =
      static_cast<uint64_t>(Info<long>(easy, CURLINFO_HEADER_SIZE) +
                            Info<curl_off_t>(easy, CURLINFO_SIZE_DOWNLOAD_T));

  curl_multi_remove_handle(multi_, easy);
  Transfer* const last = in_flight_.back();
  last->in_flight_index = transfer.in_flight_index;
  in_flight_[transfer.in_flight_index] = last;
  in_flight_.pop_back();
  targets_[record.instance].idle.emplace_back(&transfer);
  on_ended(record);
}

void CurlInvoker::AbortAll(const RunClock& clock, OnEnded on_ended) {
  DeliverEnded(clock, on_ended);
  const int64_t now_ns = clock.NowNs();
  while (!in_flight_.empty()) {
    End(*in_flight_.back(), Outcome::kAborted, now_ns, on_ended);
  }
}

absl::Status CurlInvoker::Warm(uint32_t count, const SteadyClock& clock,
                               int64_t timeout_ns,
                               const std::function<bool()>& give_up) {
  const RunClock run_clock(clock, clock.NowNs());
  std::map<std::string, std::string> hosts;  // origin -> Host header
  for (const InstanceRequest& request : requests_) {
    for (const Header& header : request.headers) {
      if (header.first == "Host") {
        hosts.emplace(OriginOf(request.url), "Host: " + header.second);
      }
    }
  }
  std::vector<std::unique_ptr<Transfer>> pings;
  std::vector<curl_slist*> lists;
  for (const auto& [origin, host_line] : hosts) {
    lists.push_back(curl_slist_append(nullptr, host_line.c_str()));
    for (uint32_t i = 0; i < count; ++i) {
      std::unique_ptr<Transfer>& ping =
          pings.emplace_back(NewTransfer(origin + "/ping"));
      ping->clock = &run_clock;
      curl_easy_setopt(ping->easy, CURLOPT_HTTPHEADER, lists.back());
      curl_multi_add_handle(multi_, ping->easy);
    }
  }
  std::set<std::string> failures;
  size_t open = pings.size();
  bool gave_up = false;
  while (open > 0 && run_clock.NowNs() < timeout_ns && !(gave_up = give_up())) {
    Turn(std::min(timeout_ns - run_clock.NowNs(), kGiveUpPeriodNs), run_clock);
    int left;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      const CURLcode code = message->data.result;
      CURL* const easy = message->easy_handle;
      --open;
      connections_ +=
          static_cast<uint64_t>(Info<long>(easy, CURLINFO_NUM_CONNECTS));
      if (code == CURLE_OK) continue;
      char* url = nullptr;
      curl_easy_getinfo(easy, CURLINFO_EFFECTIVE_URL, &url);
      failures.insert(
          absl::StrCat(OriginOf(url), ": ", curl_easy_strerror(code)));
    }
  }
  for (const std::unique_ptr<Transfer>& ping : pings) {
    curl_multi_remove_handle(multi_, ping->easy);
  }
  pings.clear();
  for (curl_slist* list : lists) curl_slist_free_all(list);
  if (gave_up) return absl::CancelledError("given up");
  if (open > 0) failures.insert("some connections took too long");
  if (failures.empty()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrJoin(failures, "; "));
}

}  // namespace invocator
