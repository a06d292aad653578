#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/invoker_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;

class InvokerAnswersTest : public InvokerFixture {};
INSTANTIATE_TEST_SUITE_P(Transports, InvokerAnswersTest, BothTransports(),
                         TransportName);

struct AnswerCase {
  const char* name;
  const char* response;
  Outcome outcome;
  int status;
};

TEST_P(InvokerAnswersTest, OutcomesFollowTheAnswer) {
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

TEST_P(InvokerAnswersTest, AServerThatMisbehavesIsData) {
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

TEST_P(InvokerAnswersTest, ARefusedConnectionIsAConnectError) {
  SendTo(RefusingUrl());
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kConnectError);
  EXPECT_EQ(record.status, 0);
  EXPECT_EQ(record.first_byte_ns, Record::kNever);
  EXPECT_FALSE(record.new_connection);
  EXPECT_EQ(record.bytes_sent, 0u);
}

TEST_P(InvokerAnswersTest, TlsToAServerWithoutItIsATlsError) {
  server_ = std::make_unique<ScriptedServer>([](Connection& connection) {
    connection.Send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  SendTo(absl::StrCat("https", server_->url().substr(4)));
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kTlsError);
}

TEST_P(InvokerAnswersTest, ASlowAnswerTimesOut) {
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

TEST_P(InvokerAnswersTest, ABodyThatNeverEndsTimesOutWithItsStatus) {
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

TEST_P(InvokerAnswersTest, ALargeAnswerIsCountedAndLetGo) {
  constexpr size_t kBytes = 10'000'000;
  const std::string head =
      absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", kBytes, "\r\n\r\n");
  Answer(head + std::string(kBytes, 'x'));
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.bytes_received, head.size() + kBytes);
}

TEST_P(InvokerAnswersTest, ALargeBodyIsSentWhole) {
  SetBodies({std::string(3'000'000, 'b')});
  Answer(kOk);
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kOk);
  ASSERT_EQ(requests().size(), 1u);
  EXPECT_EQ(record.bytes_sent, requests()[0].size());
}

TEST_P(InvokerAnswersTest, NoRequestIsSentTwiceWhenItsConnectionCloses) {
  std::atomic<int> requests = 0;
  Serve([&](Connection& connection) {
    if (!connection.ReadRequest().empty()) ++requests;
    connection.Send(kOk);  // keep-alive, says the answer; then it closes
  });
  for (int i = 0; i < 5; ++i) {
    // The close is seen before the next request, or crosses it.
    const Record record = SendAndAwait();
    EXPECT_TRUE(record.outcome == Outcome::kOk
                    ? record.new_connection
                    : record.outcome == Outcome::kProtocolError)
        << i;
  }
  EXPECT_LE(requests, 5);
}

}  // namespace
}  // namespace invocator
