// Calls over HTTP/2: what a request and an answer are made of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/http2_fixture.h"

namespace invocator {
namespace {

using Connection = ScriptedServer::Connection;
using Request = Http2Peer::Request;
using testing::HasSubstr;
using testing::StartsWith;

class Http2CallsTest : public Http2Fixture {};
INSTANTIATE_TEST_SUITE_P(Direct, Http2CallsTest, DirectTransport(),
                         TransportName);

TEST_P(Http2CallsTest, AnAnswerBecomesARecord) {
  SetBodies({R"({"n": 1})"});
  ServeAll();
  const Record record = SendAndAwait();
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.request_id.view(), "r-1");
  EXPECT_TRUE(record.new_connection);
  EXPECT_EQ(record.blocked_ns, 17);
  EXPECT_LE(record.sent_ns, record.first_byte_ns);
  EXPECT_LE(record.first_byte_ns, record.done_ns);
  EXPECT_GT(record.bytes_sent, 8u);  // body and encoded head
  EXPECT_LT(record.bytes_sent, 200u);
  EXPECT_GT(record.bytes_received, 2u);
  const Record second = SendAndAwait();
  EXPECT_FALSE(second.new_connection);
  // What was said before is in the table.
  EXPECT_LT(second.bytes_sent, record.bytes_sent);
  EXPECT_EQ(invoker_->connections().opened, 1u);
  EXPECT_EQ(invoker_->connections().reused, 1u);
}

TEST_P(Http2CallsTest, ARequestHasTheFieldsOfHttp2) {
  instance().headers = {{"X-Mine", " spaced "},
                        {"Connection", "close"},
                        {"TE", "gzip"},
                        {"Upgrade", "h3"}};
  SetBodies({R"({"n": 1})"});
  ServeAll();
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
  std::map<std::string, std::string> fields = seen().at(0).fields;
  EXPECT_EQ(fields[":method"], "POST");
  EXPECT_EQ(fields[":scheme"], tls_ != nullptr ? "https" : "http");
  EXPECT_EQ(fields[":authority"], instance().endpoint.host);
  EXPECT_EQ(fields[":path"], instance().endpoint.path);
  EXPECT_EQ(fields["x-mine"], "spaced");
  EXPECT_EQ(fields["content-length"], "8");
  EXPECT_EQ(fields["content-type"], "application/json");
  for (const char* name : {"host", "connection", "te", "upgrade"}) {
    EXPECT_FALSE(fields.contains(name)) << name;
  }
  EXPECT_EQ(seen().at(0).body, R"({"n": 1})");
}

TEST_P(Http2CallsTest, OnlyTheSignatureIsNeverIndexed) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  Signer signer({"AKID", "secret", std::string(1'500, 't')});
  std::map<std::string, bool> never_indexed;
  Serve(
      [&](Connection& connection) {
        Http2Peer peer(connection);
        if (!peer.Begin()) return;
        while (const auto request = peer.ReadRequest()) {
          Note(*request);
          never_indexed = peer.never_indexed;
          peer.Answer(request->stream);
        }
      },
      &signer);
  uint64_t sent[4] = {};
  for (uint64_t& bytes : sent) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kOk);
    bytes = record.bytes_sent;
    if (&bytes == &sent[1]) ++wall_.unix_s;  // another signature and date
  }
  server_.reset();  // it uses the variables above
  const std::vector<Request> requests = seen();
  for (const Request& request : requests) {
    EXPECT_EQ(request.fields.at("x-amz-security-token").size(), 1'500u);
    EXPECT_THAT(request.fields.at("authorization"),
                StartsWith("AWS4-HMAC-SHA256 Credential=AKID/"));
  }
  EXPECT_EQ(requests[0].fields.at("authorization"),
            requests[1].fields.at("authorization"));
  EXPECT_NE(requests[1].fields.at("authorization"),
            requests[2].fields.at("authorization"));
  EXPECT_NE(requests[1].fields.at("x-amz-date"),
            requests[2].fields.at("x-amz-date"));
  for (const auto& [name, never] : never_indexed) {
    EXPECT_EQ(never, name == "authorization") << name;
  }
  EXPECT_GT(sent[0], 1'000u);
  EXPECT_LT(sent[1], 400u);
  EXPECT_LT(sent[3], sent[1] + 10);  // hexadecimal digits differ in length
  EXPECT_LT(sent[2], sent[1] + 20);  // its date
  server_.reset();                   // it uses the variables above
}

TEST_P(Http2CallsTest, AHeaderBlockOfSeveralFramesArrivesWhole) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  Signer signer({"AKID", "secret", "token"});
  // The end of the block would fit, just fit, or not fit in the first frame.
  for (const size_t size : {15'900u, 16'000u, 16'384u, 20'000u, 33'000u}) {
    seen_.clear();
    // Huffman's code has 8 bits for these.
    instance().headers = {{"x-large", std::string(size, 'X')}};
    ServeAll({}, &signer);
    ASSERT_EQ(SendAndAwait().outcome, Outcome::kOk) << size;
    EXPECT_EQ(seen()[0].fields["x-large"].size(), size);
    EXPECT_THAT(seen()[0].fields["authorization"], HasSubstr("Signature="))
        << size;
  }
}

// More than nghttp2 sends if it is not told to.
TEST_P(Http2CallsTest, ARequestMayHaveVeryManyHeaderFields) {
  for (int i = 0; i < 12; ++i) {
    instance().headers.emplace_back(absl::StrCat("X-Many-", i),
                                    std::string(8'000, 'v'));
  }
  ServeAll();
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
  EXPECT_EQ(seen().at(0).fields.at("x-many-11").size(), 8'000u);
}

TEST_P(Http2CallsTest, AnAnswerMayBeCutAtAnyByte) {
  std::string answer;
  std::atomic<size_t> cut = 0;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin()) return;
    const auto request = peer.ReadRequest();
    if (!request) return;
    std::string whole =
        Http2Peer::FrameOf(
            NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, request->stream,
            peer.BlockOf({{":status", "200"}, {"x-amzn-requestid", "r-1"}})) +
        Http2Peer::FrameOf(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM,
                           request->stream, "hi");
    {
      const std::lock_guard lock(mutex_);
      answer = whole;
    }
    peer.Send(absl::string_view(whole).substr(0, cut));
  });
  std::set<Reason> reasons;
  for (size_t size = 1; cut < size; ++cut) {
    const Record record = SendAndAwait();
    EXPECT_EQ(record.outcome, Outcome::kProtocolError) << cut;
    reasons.insert(record.reason);
    const std::lock_guard lock(mutex_);
    size = answer.size();
  }
  EXPECT_EQ(reasons,
            (std::set<Reason>{Reason::kClosedBeforeAnswer,
                              Reason::kClosedInHead, Reason::kClosedInBody}));
  EXPECT_EQ(SendAndAwait().outcome, Outcome::kOk);
  server_.reset();  // it uses the variables above
}

TEST_P(Http2CallsTest, InterimAnswersAndTrailersAreNotTheAnswer) {
  const Record record = CallWith([](Http2Peer& peer, uint32_t stream) {
    peer.SendHead(stream, {{":status", "103"}, {"link", "x"}}, false);
    peer.SendHead(stream, {{":status", "100"}}, false);
    const std::string block =
        peer.BlockOf({{":status", "200"}, {"x-amzn-requestid", "r-1"}});
    // In frames of a byte.
    peer.SendFrame(NGHTTP2_HEADERS, 0, stream, block.substr(0, 1));
    peer.SendFrame(NGHTTP2_CONTINUATION, 0, stream, "");
    peer.SendFrame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, stream,
                   block.substr(1));
    peer.SendBody(stream, "hi", false);
    peer.SendFrame(NGHTTP2_PING, 0, 0, "12345678");
    peer.SendHead(stream, {{"x-trailer", "y"}}, true);
  });
  EXPECT_EQ(record.outcome, Outcome::kOk);
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.request_id.view(), "r-1");
}

TEST_P(Http2CallsTest, AnAnswerToHeadHasNoBody) {
  instance().method = "HEAD";
  EXPECT_EQ(CallWith([](Http2Peer& peer, uint32_t stream) {
              peer.SendHead(
                  stream, {{":status", "200"}, {"content-length", "9"}}, true);
            }).outcome,
            Outcome::kOk);
}

TEST_P(Http2CallsTest, AnAnswerMayComeBeforeTheRequestHasLeft) {
  SetBodies({std::string(1'000'000, 'b')});
  std::atomic<uint32_t> code = 0;
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    peer.opens_windows = false;
    if (!peer.Begin()) return;
    uint32_t stream = 0;
    while (const auto frame = peer.ReadFrame()) {
      if (frame->type == NGHTTP2_HEADERS) {
        stream = frame->stream;
        peer.SendHead(stream, {{":status", "413"}}, true);
      }
      if (peer.resets.contains(stream)) {
        code = peer.resets[stream];
        server_did_.Reach(1);
      }
    }
  });
  const Record record = SendAndAwait();
  EXPECT_EQ(record.status, 413);
  EXPECT_EQ(record.outcome, Outcome::kHttpError);
  PollOnce(kMs);
  ASSERT_TRUE(server_did_.Await(1));
  EXPECT_EQ(code, uint32_t{NGHTTP2_CANCEL});
  server_.reset();  // it uses the variables above
}

TEST_P(Http2CallsTest, AMegabyteGoesBothWays) {
  const std::string body(1'000'000, 'b');
  SetBodies({body});
  Serve([&](Connection& connection) {
    Http2Peer peer(connection);
    if (!peer.Begin()) return;
    while (const auto request = peer.ReadRequest()) {
      peer.Answer(request->stream, request->body);
    }
  });
  // More in all than the windows that the client opened at first.
  for (int i = 0; i < 40; ++i) {
    const Record record = SendAndAwait();
    ASSERT_EQ(record.outcome, Outcome::kOk) << i;
    EXPECT_GT(record.bytes_sent, body.size());
    EXPECT_GT(record.bytes_received, body.size());
    EXPECT_LT(record.bytes_received, body.size() + 1'000);
  }
  server_.reset();  // it uses the variables above
}

class Http2FallbackTest : public InvokerFixture {
 protected:
  Http2FallbackTest() { http2_ = true; }
};
INSTANTIATE_TEST_SUITE_P(Direct, Http2FallbackTest,
                         testing::Values(Transport::kDirectTls), TransportName);

// As many connections as calls, then, as without --http2.
TEST_P(Http2FallbackTest, AServerWithoutHttp2GetsHttp11) {
  Serve([this](Connection& connection) {
    if (connection.ReadRequest().empty()) return;
    server_did_.Reach(connection.number() + 1);
    client_did_.Await(1);
    do {
      connection.Send(kOk);
    } while (!connection.ReadRequest().empty());
  });
  for (uint64_t i = 0; i < 5; ++i) Send(i);
  for (int i = 0; i < 2'000 && server_->connections() < 5; ++i) PollOnce(kMs);
  client_did_.Reach(1);
  for (const Record& record : Await(5)) {
    EXPECT_EQ(record.outcome, Outcome::kOk);
  }
  EXPECT_EQ(server_->connections(), 5);
}

}  // namespace
}  // namespace invocator
