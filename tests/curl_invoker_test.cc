#include "worker/curl_invoker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/support/plans.h"
#include "tests/support/scripted_server.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kDeadlineNs = 10'000 * kMs;
constexpr int64_t kUnixS = 1'700'000'000;

constexpr char kOk[] =
    "HTTP/1.1 200 OK\r\nx-amzn-RequestId: r-1\r\nContent-Length: 2\r\n\r\nhi";

class FixedWallClock final : public WallClock {
 public:
  int64_t NowUnixS() const override { return unix_s; }
  int64_t unix_s = kUnixS;
};

class CurlInvokerTest : public testing::Test {
 protected:
  CurlInvokerTest() : plan_(PlanOf({ListInstance("f", {1}, 10)}, 10)) {}

  InstancePlan& instance() { return plan_.instances[0]; }
  void SetBodies(PayloadSet bodies) {
    plan_.payload_sets = {std::move(bodies)};
    instance().payload_set = 0;
  }

  // Starts a server with that script, and an invoker that sends to it.
  void Serve(ScriptedServer::Script script, Signer* signer = nullptr) {
    server_ = std::make_unique<ScriptedServer>(std::move(script));
    SendTo(server_->url(), signer);
  }
  // The same answer to every request; requests_ has what came.
  void Answer(std::string response, Signer* signer = nullptr) {
    Serve(
        [this, response](Connection& connection) {
          while (true) {
            std::string request = connection.ReadRequest();
            if (request.empty()) return;
            const std::lock_guard lock(mutex_);
            requests_.push_back(std::move(request));
            if (!connection.Send(response)) return;
          }
        },
        signer);
  }
  void SendTo(const std::string& url, Signer* signer = nullptr) {
    auto invoker = CurlInvoker::Create(PrepareRequests(plan_, url, signer),
                                       wall_, {{"", false}, 64});
    ASSERT_TRUE(invoker.ok()) << invoker.status();
    invoker_ = *std::move(invoker);
  }

  void Send(uint64_t sequence = 0) {
    DueInvocation due;
    due.sequence = sequence;
    due.scheduled_ns = clock_.NowNs() - kMs;
    due.blocked_ns = 17;
    invoker_->Send(due, clock_);
  }
  // Polls until `count` have ended, or the deadline.
  std::vector<Record> Await(size_t count) {
    std::vector<Record> ended;
    const int64_t deadline_ns = clock_.NowNs() + kDeadlineNs;
    while (ended.size() < count && clock_.NowNs() < deadline_ns) {
      invoker_->Poll(deadline_ns - clock_.NowNs(), clock_,
                     [&](const Record& record) { ended.push_back(record); });
    }
    EXPECT_EQ(ended.size(), count);
    ended.resize(count);
    return ended;
  }
  Record SendAndAwait(uint64_t sequence = 0) {
    Send(sequence);
    return Await(1)[0];
  }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  const SystemSteadyClock steady_;
  const RunClock clock_{steady_, steady_.NowNs()};
  FixedWallClock wall_;
  Plan plan_;
  std::mutex mutex_;
  std::vector<std::string> requests_;
  std::unique_ptr<ScriptedServer> server_;
  std::unique_ptr<CurlInvoker> invoker_;
};

// The header lines of a request, names in lower case.
std::vector<std::string> HeaderLines(const std::string& request) {
  std::vector<std::string> lines =
      absl::StrSplit(request.substr(0, request.find("\r\n\r\n")), "\r\n");
  lines.erase(lines.begin());
  for (std::string& line : lines) {
    const size_t colon = line.find(':');
    line = absl::AsciiStrToLower(line.substr(0, colon)) + line.substr(colon);
  }
  return lines;
}

TEST_F(CurlInvokerTest, AnAnswerBecomesARecord) {
  SetBodies({R"({"a":1})"});
  Answer(kOk);
  const Record record = SendAndAwait(5);
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.instance, 0u);
  EXPECT_EQ(record.sequence, 5u);
  EXPECT_EQ(record.blocked_ns, 17);
  EXPECT_GE(record.LatenessNs(), kMs);
  EXPECT_GT(record.first_byte_ns, record.sent_ns);
  EXPECT_GE(record.done_ns, record.first_byte_ns);
  EXPECT_TRUE(record.new_connection);
  EXPECT_EQ(record.request_id.view(), "r-1");
  EXPECT_EQ(record.bytes_received, sizeof(kOk) - 1);
  ASSERT_EQ(requests().size(), 1u);
  EXPECT_EQ(record.bytes_sent, requests()[0].size());
}

TEST_F(CurlInvokerTest, TheRequestLineAndHostAreThePlans) {
  instance().endpoint = {"api.test:8443", "/dev/a%2Fb/../%20", "z=1&a=%2B&v"};
  SetBodies({R"({"a":1})"});
  Answer(kOk);
  SendAndAwait();
  const std::string request = requests().at(0);
  EXPECT_THAT(request,
              StartsWith("POST /dev/a%2Fb/../%20?z=1&a=%2B&v HTTP/1.1\r\n"));
  EXPECT_THAT(request, testing::EndsWith("\r\n\r\n{\"a\":1}"));
  EXPECT_THAT(HeaderLines(request),
              AllOf(Contains("host: api.test:8443"),
                    Contains("content-type: application/json"),
                    Contains("content-length: 7"),
                    Not(Contains(StartsWith("expect:")))));
}

TEST_F(CurlInvokerTest, MethodsGoOutAsTheyAre) {
  for (const char* method :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    for (const bool has_body : {false, true}) {
      if (has_body && absl::string_view(method) == "HEAD") continue;
      plan_.payload_sets.clear();
      instance().payload_set.reset();
      if (has_body) SetBodies({"{}"});
      instance().method = method;
      requests_.clear();
      const bool head = instance().method == "HEAD";
      Answer(head ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : kOk);
      EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk) << method;
      EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk) << method;
      ASSERT_EQ(requests().size(), 2u);
      for (const std::string& request : requests()) {
        EXPECT_THAT(request, StartsWith(absl::StrCat(method, " /stage/f HTTP")))
            << has_body;
        if (!has_body) {
          EXPECT_THAT(HeaderLines(request),
                      Not(Contains(StartsWith("content-type:"))))
              << method;
        } else if (!head) {
          EXPECT_THAT(request, testing::EndsWith("\r\n\r\n{}")) << method;
        }
      }
    }
  }
}

TEST_F(CurlInvokerTest, TheSignedHeadersAreThoseOnTheWire) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  instance().headers = {{"X-Amz-Meta", "m"}, {"X-Empty", ""}};
  SetBodies({"[1]", "[2]"});
  const Credentials credentials = {"AKID", "secret", "token/1=="};
  Signer signer(credentials);
  Answer(kOk, &signer);
  for (uint64_t sequence : {0, 1, 2}) SendAndAwait(sequence);
  wall_.unix_s += 1;
  SendAndAwait(3);

  Signer ours(credentials);
  std::vector<InstanceRequest> expected = PrepareRequests(plan_, "", &ours);
  for (uint64_t sequence : {0, 1, 2, 3}) {
    const PreparedSignature::Stamp stamp =
        expected[0].ForSequence(sequence).signature->At(
            kUnixS + (sequence == 3 ? 1 : 0));
    const std::string request = requests().at(sequence);
    EXPECT_THAT(request, testing::EndsWith(sequence % 2 ? "[2]" : "[1]"));
    EXPECT_THAT(HeaderLines(request),
                AllOf(Contains("host: example.test"),
                      Contains("x-amz-date: " + stamp.amz_date),
                      Contains("authorization: " + stamp.authorization),
                      Contains("x-amz-security-token: token/1=="),
                      Contains("x-amz-meta: m"), Contains("x-empty:"),
                      Contains("content-type: application/json")));
  }
}

TEST_F(CurlInvokerTest, ConnectionsAreReused) {
  Answer(kOk);
  EXPECT_TRUE(SendAndAwait().new_connection);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(SendAndAwait().new_connection);
  EXPECT_EQ(server_->connections(), 1);
  EXPECT_EQ(invoker_->connections(), 1u);
}

TEST_F(CurlInvokerTest, CallsAtTheSameTimeHaveConnectionsOfTheirOwn) {
  Answer(kOk);
  for (uint64_t i = 0; i < 8; ++i) Send(i);
  for (const Record& record : Await(8)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
  }
  EXPECT_LE(server_->connections(), 8);
  EXPECT_EQ(static_cast<int>(invoker_->connections()), server_->connections());
}

struct AnswerCase {
  const char* name;
  const char* response;
  Outcome outcome;
  int status;
};

TEST_F(CurlInvokerTest, OutcomesFollowTheAnswer) {
  const AnswerCase cases[] = {
      {"a 404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
       Outcome::kHttpError, 404},
      {"a 403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
       Outcome::kAuthError, 403},
      {"a 429", "HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n",
       Outcome::kThrottled, 429},
      {"a function's error",
       "HTTP/1.1 200 OK\r\nX-Amz-Function-Error: Unhandled\r\n"
       "Content-Length: 0\r\n\r\n",
       Outcome::kFunctionError, 200},
      {"a redirect, which is not followed",
       "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
       "Content-Length: 0\r\n\r\n",
       Outcome::kHttpError, 302},
      {"no content", "HTTP/1.1 204 No Content\r\n\r\n", Outcome::kOk, 204},
      {"chunks",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
       Outcome::kOk, 200},
      {"an interim answer first",
       "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
       "Link: <x>\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
       Outcome::kHttpError, 500},
  };
  for (const AnswerCase& c : cases) {
    Answer(c.response);
    for (bool first : {true, false}) {
      const Record record = SendAndAwait();
      EXPECT_EQ(record.outcome, c.outcome) << c.name;
      EXPECT_EQ(record.status, c.status) << c.name;
      EXPECT_EQ(record.new_connection, first) << c.name;
      EXPECT_NE(record.first_byte_ns, Record::kNever) << c.name;
    }
  }
}

struct MisbehavingCase {
  const char* name;
  const char* response;  // after which the server closes
  Outcome outcome;
  int status;
};

TEST_F(CurlInvokerTest, AServerThatMisbehavesIsData) {
  const MisbehavingCase cases[] = {
      {"closes at once", "", Outcome::kProtocolError, 0},
      {"talks something else", "220 mail.test ESMTP\r\n",
       Outcome::kProtocolError, 0},
      {"garbage", "\x16\x03\x01\x02garbage\r\n\r\n", Outcome::kProtocolError,
       0},
      {"half a head", "HTTP/1.1 200 OK\r\nContent-Le", Outcome::kProtocolError,
       200},
      {"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
       Outcome::kProtocolError, 200},
      {"a broken chunk",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
       Outcome::kProtocolError, 200},
      {"a length that is no number",
       "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", Outcome::kProtocolError,
       200},
      {"a body that ends with the connection", "HTTP/1.1 200 OK\r\n\r\nall",
       Outcome::kOk, 200},
      {"an announced close",
       "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
       Outcome::kOk, 200},
  };
  for (const MisbehavingCase& c : cases) {
    Serve([response = std::string(c.response)](Connection& connection) {
      connection.ReadRequest();
      connection.Send(response);
    });
    for (int i = 0; i < 2; ++i) {
      const Record record = SendAndAwait();
      EXPECT_EQ(record.outcome, c.outcome) << c.name;
      EXPECT_EQ(record.status, c.status) << c.name;
      EXPECT_TRUE(record.new_connection) << c.name;
      EXPECT_GE(record.done_ns, record.sent_ns) << c.name;
    }
  }
}

TEST_F(CurlInvokerTest, ARefusedConnectionIsAConnectError) {
  SendTo(RefusingUrl());
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kConnectError);
  EXPECT_EQ(record.status, 0);
  EXPECT_EQ(record.first_byte_ns, Record::kNever);
  EXPECT_FALSE(record.new_connection);
  EXPECT_EQ(record.bytes_sent, 0u);
}

TEST_F(CurlInvokerTest, TlsToAServerWithoutItIsATlsError) {
  server_ = std::make_unique<ScriptedServer>([](Connection& connection) {
    connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  SendTo(absl::StrCat("https", server_->url().substr(4)));
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kTlsError);
}

TEST_F(CurlInvokerTest, ASlowAnswerTimesOut) {
  instance().timeout = absl::Milliseconds(200);
  Serve([](Connection& connection) {
    connection.ReadRequest();
    connection.AwaitEnd();
  });
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kTimeout);
  EXPECT_EQ(record.status, 0);
  EXPECT_EQ(record.first_byte_ns, Record::kNever);
  EXPECT_GE(record.ServiceNs(), 199 * kMs);
  EXPECT_LT(record.ServiceNs(), kDeadlineNs);
}

TEST_F(CurlInvokerTest, ABodyThatNeverEndsTimesOutWithItsStatus) {
  instance().timeout = absl::Milliseconds(200);
  Serve([](Connection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    connection.AwaitEnd();
  });
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kTimeout);
  EXPECT_EQ(record.status, 200);
  EXPECT_NE(record.first_byte_ns, Record::kNever);
}

TEST_F(CurlInvokerTest, ALargeAnswerIsCountedAndLetGo) {
  constexpr size_t kBytes = 10'000'000;
  const std::string head =
      absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", kBytes, "\r\n\r\n");
  Answer(head + std::string(kBytes, 'x'));
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.bytes_received, head.size() + kBytes);
}

TEST_F(CurlInvokerTest, ALargeBodyIsSentWhole) {
  SetBodies({std::string(3'000'000, 'b')});
  Answer(kOk);
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kOk);
  ASSERT_EQ(requests().size(), 1u);
  EXPECT_EQ(record.bytes_sent, requests()[0].size());
}

TEST_F(CurlInvokerTest, AConnectionThatWasClosedMeanwhileIsReplaced) {
  Serve([](Connection& connection) {
    connection.ReadRequest();
    connection.Send(kOk);  // keep-alive, says the answer
  });
  for (int i = 0; i < 5; ++i) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk) << i;
    EXPECT_TRUE(record.new_connection) << i;
  }
  EXPECT_EQ(server_->connections(), 5);
}

TEST_F(CurlInvokerTest, AbortEndsWhatIsInFlight) {
  Serve([](Connection& connection) { connection.AwaitEnd(); });
  for (uint64_t i = 0; i < 3; ++i) Send(i);
  invoker_->Poll(0, clock_, [](const Record&) { FAIL(); });
  std::vector<Record> aborted;
  invoker_->AbortAll(clock_, [&](const Record& r) { aborted.push_back(r); });
  ASSERT_EQ(aborted.size(), 3u);
  for (const Record& record : aborted) {
    EXPECT_EQ(record.outcome, Outcome::kAborted);
    EXPECT_GE(record.done_ns, record.sent_ns);
  }
  invoker_->AbortAll(clock_, [](const Record&) { FAIL(); });
}

TEST_F(CurlInvokerTest, CallsInFlightMayBeLeftBehind) {
  Serve([](Connection& connection) { connection.AwaitEnd(); });
  Send();
  invoker_->Poll(0, clock_, [](const Record&) { FAIL(); });
  invoker_.reset();
}

TEST_F(CurlInvokerTest, AWakeEndsAPoll) {
  Serve([](Connection& connection) { connection.AwaitEnd(); });
  std::thread waker([this] { invoker_->Wake(); });
  invoker_->Poll(kDeadlineNs, clock_, [](const Record&) { FAIL(); });
  waker.join();
  EXPECT_LT(clock_.NowNs(), kDeadlineNs);
}

TEST_F(CurlInvokerTest, WarmConnectionsAreThereBeforeTheFirstCall) {
  Answer(kOk);
  ASSERT_TRUE(invoker_->Warm(3, steady_, kDeadlineNs).ok());
  EXPECT_EQ(server_->connections(), 3);
  EXPECT_EQ(invoker_->connections(), 3u);
  for (const std::string& request : requests()) {
    EXPECT_THAT(request, StartsWith("GET /ping HTTP/1.1\r\n"));
    EXPECT_THAT(HeaderLines(request), Contains("host: example.test"));
  }
  for (uint64_t i = 0; i < 3; ++i) Send(i);
  for (const Record& record : Await(3)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_FALSE(record.new_connection);
  }
  EXPECT_EQ(server_->connections(), 3);
}

TEST_F(CurlInvokerTest, AHostThatCannotBeWarmedIsNamedAndStillSentTo) {
  const std::string url = RefusingUrl();
  SendTo(url);
  const absl::Status status = invoker_->Warm(2, steady_, kDeadlineNs);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(url));
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kConnectError);
}

TEST_F(CurlInvokerTest, WarmingEndsAtItsTime) {
  Serve([](Connection& connection) { connection.AwaitEnd(); });
  const absl::Status status = invoker_->Warm(1, steady_, 50 * kMs);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(clock_.NowNs(), kDeadlineNs);
}

}  // namespace
}  // namespace invocator
