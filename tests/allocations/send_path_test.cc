// The send path does not allocate. A program of its own, since it puts itself
// in the place of malloc; what OpenSSL allocates is counted apart.
#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/http2_peer.h"
#include "tests/support/invoker_fixture.h"
#include "worker/agent/bell.h"
#include "worker/engine/engine.h"
#include "worker/recording/chunk_queue.h"
#include "worker/recording/recorder.h"

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}

namespace {
thread_local bool counting = false;
thread_local int allocations = 0;
thread_local int allocations_of_openssl = 0;

void Count() {
  if (counting) ++allocations;
}

void* MallocForOpenSsl(size_t size, const char*, int) {
  if (counting) ++allocations_of_openssl;
  return __libc_malloc(size);
}
void* ReallocForOpenSsl(void* block, size_t size, const char*, int) {
  if (counting) ++allocations_of_openssl;
  return __libc_realloc(block, size);
}
void FreeForOpenSsl(void* block, const char*, int) { std::free(block); }

// Before its first allocation, or it does not listen.
const int told_openssl = CRYPTO_set_mem_functions(
    MallocForOpenSsl, ReallocForOpenSsl, FreeForOpenSsl);
}  // namespace

extern "C" {
void* malloc(size_t size) {
  Count();
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  Count();
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  Count();
  return __libc_realloc(block, size);
}
void* memalign(size_t alignment, size_t size) {
  Count();
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  Count();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) {
  Count();
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
}

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;

// Hands everything on, and counts the allocations of its thread from one send
// to another.
class CountingInvoker final : public Invoker {
 public:
  CountingInvoker(Invoker& invoker, std::function<void()> on_send)
      : invoker_(invoker), on_send_(std::move(on_send)) {}

  void Send(const DueInvocation& due, const RunClock& clock) override {
    on_send_();
    invoker_.Send(due, clock);
  }
  int64_t Poll(int64_t now_ns, int64_t until_ns, const RunClock& clock,
               OnEnded on_ended) override {
    return invoker_.Poll(now_ns, until_ns, clock, on_ended);
  }
  void AbortAll(const RunClock& clock, OnEnded on_ended) override {
    invoker_.AbortAll(clock, on_ended);
  }
  void Wake() override { invoker_.Wake(); }
  absl::Status Warm(uint32_t count, const SteadyClock& clock,
                    int64_t timeout_ns,
                    const std::function<bool()>& give_up) override {
    return invoker_.Warm(count, clock, timeout_ns, give_up);
  }
  bool idle() const override { return invoker_.idle(); }
  ConnectionCounts connections() const override {
    return invoker_.connections();
  }
  std::vector<FailureSample> TakeFailures() override {
    return invoker_.TakeFailures();
  }

 private:
  Invoker& invoker_;
  const std::function<void()> on_send_;
};

// Takes the chunks on a thread of its own, as the stream's does, and gives them
// back.
class Consumer {
 public:
  Consumer() : thread_([this] { Run(); }) {}
  ~Consumer() { End(); }

  ChunkQueue& queue() { return queue_; }
  // Takes what is left, and returns how many records of that outcome came.
  int End(Outcome outcome = Outcome::kOk) {
    ended_ = true;
    bell_.Ring();
    if (thread_.joinable()) thread_.join();
    Take();
    return counts_[static_cast<size_t>(outcome)];
  }

 private:
  void Run() {
    while (!ended_) {
      bell_.WaitUntil(std::chrono::steady_clock::now() +
                      ScriptedServer::kDeadline);
      Take();
    }
  }
  void Take() {
    for (std::unique_ptr<Chunk>& chunk : queue_.TakeFull()) {
      for (const Record& record : chunk->records) {
        ++counts_[static_cast<size_t>(record.outcome)];
      }
      queue_.Recycle(std::move(chunk));
    }
  }

  Bell bell_;
  ChunkQueue queue_{[this] { bell_.Ring(); }};
  std::array<int, kOutcomes> counts_{};
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

class SendPathTest : public InvokerFixture {
 protected:
  static constexpr int kBurst = 200;  // at once: all there ever is, is in use
  static constexpr int kCounted = 2'000;
  static constexpr uint32_t kMaxInFlight = 8;
  static constexpr int kSendsPerSecond = 300;  // of the clock that signs

  void Plan();
  // Plays it; the steady state allocates at most so much.
  void Play(int most_allocations = 0);
};
INSTANTIATE_TEST_SUITE_P(Direct, SendPathTest, DirectTransport(),
                         TransportName);

constexpr char kChunked[] =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

void SendPathTest::Plan() {
  plan_.duration_s = 1.5;
  const auto add = [this](const char* name, ArrivalKind kind, double rate) {
    InstancePlan& instance =
        plan_.instances.emplace_back(ListInstance(name, {}, 1.5));
    instance.arrivals.kind = kind;
    instance.arrivals.rate = rate;
    instance.payload_set = 0;
    return &instance;
  };
  plan_.instances = {ListInstance("burst", std::vector<double>(kBurst), 1.5)};
  add("poisson", ArrivalKind::kPoisson, 1'200)->signing =
      SigningScope{"us-west-1", "execute-api"};
  add("uniform", ArrivalKind::kUniform, 600)->timeout = absl::Seconds(20);
  plan_.payload_sets = {{"{\"n\": 1}", "{\"n\": 2}"}};
  max_in_flight_ = kMaxInFlight;
}

void SendPathTest::Play(int most_allocations) {
  ASSERT_EQ(told_openssl, 1);
  int sent = 0;
  CountingInvoker invoker(*invoker_, [&] {
    ++sent;
    counting = sent > 2 * kBurst && sent <= 2 * kBurst + kCounted;
    if (sent % kSendsPerSecond == 0) ++wall_.unix_s;
  });
  Consumer consumer;
  for (int i = 0; i < 16; ++i) {
    consumer.queue().Recycle(std::make_unique<Chunk>());
  }
  Recorder recorder(consumer.queue());
  EngineOptions options;
  options.pacer.max_in_flight = kMaxInFlight;
  options.drain_ns = kDeadlineNs;
  Engine engine(plan_, WholeShares(plan_), options, invoker, recorder);
  const EngineResult result =
      engine.Run(RunClock(steady_, steady_.NowNs() + 10 * kMs));
  counting = false;

  EXPECT_TRUE(result.schedule_exhausted);
  EXPECT_GT(sent, 2 * kBurst + kCounted);
  EXPECT_EQ(consumer.End(), sent);
  EXPECT_LE(std::exchange(allocations, 0), most_allocations);
  // An HMAC for each second and body; and for each call, under TLS, what seals
  // and opens its records (four small ones in OpenSSL 3.0). For an HMAC OpenSSL
  // 3.5 has none.
  const int of_openssl = std::exchange(allocations_of_openssl, 0);
  RecordProperty("allocations_of_openssl", of_openssl);
  EXPECT_LT(of_openssl, tls_ != nullptr ? 10 * kCounted : kCounted / 10);
}

TEST_P(SendPathTest, ARunInItsSteadyStateAllocatesNothing) {
  Plan();
  Signer signer({"AKID", "secret", "token"});
  Serve(
      [](Connection& connection) {
        for (int i = 0; !connection.ReadRequest().empty(); ++i) {
          connection.Send(i % 2 == 0 ? kOk : kChunked);
        }
      },
      &signer);
  ASSERT_TRUE(Warm(kMaxInFlight).ok());
  Play();
  EXPECT_EQ(invoker_->connections().opened, kMaxInFlight);
}

// nghttp2's own blocks are kept for it (worker/protocol/http2_memory.h), except
// for the three that encode a signature, once a second and body.
TEST_P(SendPathTest, NorDoesOneOverHttp2) {
  http2_ = true;
  connections_ = 2;
  if (tls_ != nullptr) SpeakTls({.alpn = "h2"});
  Plan();
  Signer signer({"AKID", "secret", "token"});
  Serve(
      [](Connection& connection) {
        Http2Peer peer(connection);
        if (!peer.Begin({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 3}})) return;
        while (const auto request = peer.ReadRequest()) {
          peer.Answer(request->stream);
        }
      },
      &signer);
  ASSERT_TRUE(Warm(2).ok());
  // Twice: a call may leave with the second before, which is then encoded
  // again.
  Play(/*most_allocations=*/2 * 3 * 2 * (kCounted / kSendsPerSecond + 1));
  EXPECT_EQ(invoker_->connections().opened, 2u);
}

// Whatever is kept of an answer until the rest comes, is kept where that of the
// one before was.
TEST(AnswerParserTest, APieceOfAnAnswerIsKeptWithoutAllocating) {
  AnswerParser parser;
  const auto take_in_pieces = [&parser](absl::string_view answer) {
    for (size_t cut = 1; cut < answer.size(); ++cut) {
      parser.Begin(false);
      parser.Put(answer.substr(0, cut));
      parser.Put(answer.substr(cut));
      ASSERT_EQ(parser.state(), AnswerParser::State::kComplete);
    }
  };
  for (const bool counted : {false, true}) {
    counting = counted;
    take_in_pieces(kOk);
    take_in_pieces(kChunked);
    counting = false;
  }
  EXPECT_EQ(std::exchange(allocations, 0), 0);
}

// That the counting counts.
TEST(CountingTest, AnAllocationIsSeen) {
  struct alignas(64) Aligned {
    char bytes[64];
  };
  counting = true;
  const auto block = std::make_unique<std::string>(1'000, 'x');
  const auto aligned = std::make_unique<Aligned>();
  OPENSSL_free(OPENSSL_malloc(1'000));
  counting = false;
  EXPECT_EQ(std::exchange(allocations, 0), 3);
  EXPECT_EQ(std::exchange(allocations_of_openssl, 0), 1);
}

}  // namespace
}  // namespace invocator
