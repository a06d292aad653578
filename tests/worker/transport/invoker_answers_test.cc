#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/wire/protocol.h"
#include "tests/support/invoker_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;

class InvokerAnswersTest : public InvokerFixture {};
INSTANTIATE_TEST_SUITE_P(Transports, InvokerAnswersTest, DirectTransport(),
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
      {"no content, in whatever coding",
       "HTTP/1.1 204 No Content\r\nTransfer-Encoding: gzip\r\n\r\n",
       Outcome::kOk, 204},
      {"chunks",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
       Outcome::kOk, 200},
      {"no blank after the code", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi",
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

TEST_P(InvokerAnswersTest, AnExpectedStatusIsOkAndTheConnectionStays) {
  const struct {
    const char* head;
    Outcome outcome;
    Reason reason;
  } kCases[] = {
      {"404 Not Found", Outcome::kOk, Reason::kNone},
      {"403 Forbidden", Outcome::kOk, Reason::kNone},
      {"429 Too Many", Outcome::kOk, Reason::kNone},
      {"200 OK", Outcome::kHttpError, Reason::kUnexpected2xx},
      {"500 Oh", Outcome::kHttpError, Reason::kStatus5xx},
      {"404 Not Found\r\nX-Amz-Function-Error: x", Outcome::kFunctionError,
       Reason::kFunctionFailed},
  };
  instance().expected_statuses = {403, 404, 429};
  for (const auto& c : kCases) {
    Answer(
        absl::StrCat("HTTP/1.1 ", c.head, "\r\nContent-Length: 4\r\n\r\nbody"));
    for (bool first : {true, false}) {
      const Record record = SendAndAwait();
      EXPECT_EQ(record.outcome, c.outcome) << c.head;
      EXPECT_EQ(record.reason, c.reason) << c.head;
      EXPECT_EQ(record.new_connection, first) << c.head;
    }
    EXPECT_EQ(invoker_->TakeFailures().size(), c.reason != Reason::kNone);
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
      {"a length and chunks",
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
       "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
       Outcome::kProtocolError, 200},
      {"chunks and a length",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
       "Content-Length: 1\r\n\r\n1\r\na\r\n0\r\n\r\n",
       Outcome::kProtocolError, 200},
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
  instance().timeout = absl::Seconds(1);
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

std::string AnswerOf(absl::string_view head, absl::string_view body) {
  return absl::StrCat("HTTP/1.1 ", head, "\r\nContent-Length: ", body.size(),
                      "\r\n\r\n", body);
}

TEST_P(InvokerAnswersTest, LambdasReportIsInTheRecord) {
  Answer(AnswerOf(
      absl::StrCat("200 OK\r\nX-Amz-Log-Result: ",
                   absl::Base64Escape(
                       "REPORT RequestId: 1\tDuration: 15.74 ms\t"
                       "Billed Duration: 16 ms\tMemory Size: 128 MB\t"
                       "Max Memory Used: 56 MB\tInit Duration: 130.49 ms\t\n")),
      "{}"));
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.warmth, Warmth::kCold);
  EXPECT_EQ(record.billed_ms, 16);
  EXPECT_EQ(record.memory_mb, 128u);
  EXPECT_EQ(record.init_us, 130'490);
}

TEST_P(InvokerAnswersTest, ANamedHeaderTellsColdStarts) {
  instance().cold_start_from = *ParseColdStartSource("header:X-Cold");
  std::atomic<int> answers = 0;
  Serve([&](Connection& connection) {
    while (!connection.ReadRequest().empty()) {
      static constexpr const char* kLines[] = {"\r\nx-cold: true",
                                               "\r\nX-COLD: false", ""};
      connection.Send(
          AnswerOf(absl::StrCat("200 OK", kLines[answers++ % 3]), "{}"));
    }
  });
  EXPECT_EQ(SendAndAwait().warmth, Warmth::kCold);
  EXPECT_EQ(SendAndAwait().warmth, Warmth::kWarm);
  EXPECT_EQ(SendAndAwait().warmth, Warmth::kUnknown);
}

TEST_P(InvokerAnswersTest, AMemberOfTheBodyTellsColdStarts) {
  instance().cold_start_from = *ParseColdStartSource("json:/meta/cold");
  Answer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "9\r\n{\"meta\":{\r\ne\r\n\"cold\": true}}\r\n0\r\n\r\n");
  EXPECT_EQ(SendAndAwait().warmth, Warmth::kCold);
  Answer(AnswerOf("200 OK", R"({"meta": {"cold": "warm"}})"));
  EXPECT_EQ(SendAndAwait().warmth, Warmth::kWarm);
  Answer(AnswerOf("200 OK", R"({"cold": true})"));
  EXPECT_EQ(SendAndAwait().warmth, Warmth::kUnknown);
  EXPECT_EQ(SendAndAwait().warmth, Warmth::kUnknown) << "not the one before";
}

TEST_P(InvokerAnswersTest, OfALargeBodyNothingIsClaimed) {
  instance().cold_start_from = *ParseColdStartSource("json:/cold");
  const std::string small =
      absl::StrCat("{\"cold\":true,\"x\":\"",
                   std::string(kMaxColdStartBodyBytes - 100, 'x'), "\"}");
  Answer(AnswerOf("200 OK", small));
  EXPECT_EQ(SendAndAwait().warmth, Warmth::kCold);
  Answer(AnswerOf("200 OK", small + std::string(200, ' ')));
  EXPECT_EQ(SendAndAwait().warmth, Warmth::kUnknown);
}

TEST_P(InvokerAnswersTest, TheFirstFailureOfAKindIsKeptWithItsBody) {
  Answer(
      AnswerOf("403 Forbidden\r\nDate: Tue, 14 Nov 2023 22:23:20 GMT\r\n"
               "x-amzn-ErrorType: InvalidSignatureException",
               R"({"message":"Signature expired: x"})"));
  EXPECT_TRUE(invoker_->TakeFailures().empty());
  const Record record = SendAndAwait(7);
  EXPECT_EQ(record.outcome, Outcome::kAuthError);
  EXPECT_EQ(record.reason, Reason::kClockSkew);
  SendAndAwait(8);
  const auto failures = invoker_->TakeFailures();
  ASSERT_EQ(failures.size(), 1u);
  const FailureSample& first = failures[0];
  EXPECT_EQ(first.reason, Reason::kClockSkew);
  EXPECT_EQ(first.sequence, 7u);
  EXPECT_EQ(first.scheduled_ns, record.scheduled_ns);
  EXPECT_EQ(first.status, 403u);
  EXPECT_EQ(first.error_type, "InvalidSignatureException");
  EXPECT_EQ(first.body, R"({"message":"Signature expired: x"})");
  EXPECT_FALSE(first.body_cut);
  EXPECT_EQ(first.date_ahead_s, 600);  // kUnixS is 22:13:20
  EXPECT_TRUE(invoker_->TakeFailures().empty());
}

TEST_P(InvokerAnswersTest, WhatWasSignedIsToldOfAMismatchWithoutTheToken) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  SetBodies({"{\"n\": 1}"});
  Signer signer({"AKID", "secret", "my-session-token"});
  const std::string theirs =
      "{\"message\":\"The request signature we calculated does not match the "
      "signature you provided.\\n\\nThe Canonical String for this request "
      "should have been\\n'POST\\n/\\n\\nhost:x\\n"
      "x-amz-security-token:my-session-token\\n'\"}";
  Answer(AnswerOf("403 Forbidden", theirs), &signer);
  EXPECT_EQ(SendAndAwait().reason, Reason::kSignatureMismatch);
  const auto failures = invoker_->TakeFailures();
  ASSERT_EQ(failures.size(), 1u);
  const std::string all =
      failures[0].body + failures[0].canonical_request + failures[0].detail;
  EXPECT_EQ(all.find("my-session-token"), std::string::npos);
  EXPECT_EQ(all.find("secret"), std::string::npos);
  const std::string& ours = failures[0].canonical_request;
  EXPECT_EQ(ours.find("POST\n/stage/f\n\ncontent-type:application/json\n"
                      "host:example.test\nx-amz-date:20231114T221320Z\n"
                      "x-amz-security-token:(session token)\n\n"),
            0u)
      << ours;
}

TEST_P(InvokerAnswersTest, OfALargeFailureTheBeginningIsKept) {
  Answer(AnswerOf("500 Oh", std::string(100'000, 'x')));
  EXPECT_EQ(SendAndAwait().reason, Reason::kStatus5xx);
  const auto failures = invoker_->TakeFailures();
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_EQ(failures[0].body, std::string(kMaxFailureBodyBytes, 'x'));
  EXPECT_TRUE(failures[0].body_cut);
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
