
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/support/invoker_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class InvokerTest : public InvokerFixture {};
INSTANTIATE_TEST_SUITE_P(Transports, InvokerTest, DirectTransport(),
                         TransportName);

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

TEST_P(InvokerTest, AnAnswerBecomesARecord) {
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

TEST_P(InvokerTest, TheRequestLineAndHostAreThePlans) {
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

TEST_P(InvokerTest, MethodsGoOutAsTheyAre) {
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

TEST_P(InvokerTest, TheSignedHeadersAreThoseOnTheWire) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  instance().headers = {{"X-Amz-Meta", "m"}, {"X-Empty", ""}};
  SetBodies({"[1]", "[2]"});
  const Credentials credentials = {"AKID", "secret", "token/1=="};
  Signer signer(credentials);
  Answer(kOk, &signer);
  for (uint64_t sequence : {0u, 1u, 2u}) SendAndAwait(sequence);
  wall_.unix_s += 1;
  SendAndAwait(3);

  Signer ours(credentials);
  std::vector<InstanceRequest> expected =
      PrepareRequests(plan_, WholeShares(plan_), "", &ours);
  for (uint64_t sequence : {0u, 1u, 2u, 3u}) {
    const PreparedSignature::Stamp stamp =
        *expected[0].StampAt(sequence % 2, kUnixS + (sequence == 3 ? 1 : 0));
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

TEST_P(InvokerTest, ConnectionsAreReused) {
  Answer(kOk);
  EXPECT_TRUE(SendAndAwait().new_connection);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(SendAndAwait().new_connection);
  EXPECT_EQ(server_->connections(), 1);
  EXPECT_EQ(invoker_->connections().opened, 1u);
}

TEST_P(InvokerTest, CallsAtTheSameTimeHaveConnectionsOfTheirOwn) {
  Answer(kOk);
  for (uint64_t i = 0; i < 8; ++i) Send(i);
  for (const Record& record : Await(8)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
  }
  EXPECT_LE(server_->connections(), 8);
  EXPECT_EQ(static_cast<int>(invoker_->connections().opened),
            server_->connections());
}

TEST_P(InvokerTest, AbortEndsWhatIsInFlight) {
  Serve([](Connection& connection) { connection.AwaitEnd(); });
  for (uint64_t i = 0; i < 3; ++i) Send(i);
  PollOnce();
  std::vector<Record> aborted;
  invoker_->AbortAll(clock_, [&](const Record& r) { aborted.push_back(r); });
  ASSERT_EQ(aborted.size(), 3u);
  for (const Record& record : aborted) {
    EXPECT_EQ(record.outcome, Outcome::kAborted);
    EXPECT_GE(record.done_ns, record.sent_ns);
  }
  invoker_->AbortAll(clock_, [](const Record&) { FAIL(); });
}

TEST_P(InvokerTest, CallsInFlightMayBeLeftBehind) {
  Serve([](Connection& connection) { connection.AwaitEnd(); });
  Send();
  PollOnce();
  invoker_.reset();
}

TEST_P(InvokerTest, AWakeEndsAPoll) {
  Serve([](Connection& connection) { connection.AwaitEnd(); });
  std::thread waker([this] { invoker_->Wake(); });
  PollOnce(kDeadlineNs);
  waker.join();
  EXPECT_LT(clock_.NowNs(), kDeadlineNs);
}

TEST_P(InvokerTest, WarmConnectionsAreThereBeforeTheFirstCall) {
  Answer(kOk);
  ASSERT_TRUE(Warm(3).ok());
  server_->AwaitConnections(3);
  EXPECT_EQ(server_->connections(), 3);
  EXPECT_EQ(invoker_->connections().opened, 3u);
  EXPECT_TRUE(requests().empty());
  for (uint64_t i = 0; i < 3; ++i) Send(i);
  for (const Record& record : Await(3)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
    EXPECT_FALSE(record.new_connection);
  }
  EXPECT_EQ(server_->connections(), 3);
}

TEST_P(InvokerTest, AHostThatCannotBeWarmedIsNamedAndStillSentTo) {
  const std::string url = RefusingUrl();
  SendTo(url);
  const absl::Status status = Warm(2);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr(url));
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kConnectError);
}

TEST_P(InvokerTest, WarmingEndsAtItsTime) {
  // Connects, but never gets on with it: a TLS handshake, or the ping.
  server_ = std::make_unique<ScriptedServer>(
      [](Connection& connection) { connection.AwaitEnd(); });
  SendTo(absl::StrCat("https", server_->url().substr(4)));
  const absl::Status status = Warm(1, 50 * kMs);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_LT(clock_.NowNs(), kDeadlineNs);
}

}  // namespace
}  // namespace invocator
