#include "coordinator/web/web_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/support/raw_client.h"
#include "tests/support/self_signed.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class WebServerTest : public ::testing::Test {
 protected:
  WebServerTest() {
    options_.listen = {"127.0.0.1", 0};
    options_.page = "<!doctype html>page";
    options_.policy = "default-src 'self'; frame-ancestors 'none'";
    board_.PublishLast("metric 1\n");
  }

  void StartServer() {
    auto server = WebServer::Create(options_, feed_, board_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const std::string url = server_->url();
    token_ = url.substr(url.find("token=") + 6);
  }

  std::string Cookie() const {
    return absl::StrCat("Cookie: invocator_", server_->port(), "=", token_,
                        "\r\n");
  }
  static std::string Get(absl::string_view target,
                         absl::string_view headers = "") {
    return absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: localhost\r\n",
                        headers, "\r\n");
  }
  std::string Ask(absl::string_view request, bool head = false) {
    RawClient client(server_->port());
    client.Send(request);
    return client.ReadResponse(head);
  }
  // A client that watches, when the server knows of it.
  std::unique_ptr<RawClient> Watch(absl::string_view headers = "") {
    auto client = std::make_unique<RawClient>(server_->port());
    client->Send(Get("/events", absl::StrCat(Cookie(), headers)));
    EXPECT_THAT(client->ReadResponse(), StartsWith("HTTP/1.1 200 OK\r\n"));
    return client;
  }

  WebOptions options_;
  LiveFeed feed_;
  MetricsBoard board_;
  std::unique_ptr<WebServer> server_;
  std::string token_;
};

TEST_F(WebServerTest, ThePrintedUrlLeadsToThePage) {
  StartServer();
  EXPECT_EQ(server_->url(), absl::StrCat("http://127.0.0.1:", server_->port(),
                                         "/?token=", token_));
  const std::string redirect = Ask(Get(absl::StrCat("/?token=", token_)));
  EXPECT_THAT(redirect, StartsWith("HTTP/1.1 303 See Other\r\n"));
  EXPECT_THAT(redirect,
              HasSubstr(absl::StrCat("\r\nSet-Cookie: invocator_",
                                     server_->port(), "=", token_, "; ")));
  const std::string page = Ask(Get("/", Cookie()));
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(page,
              HasSubstr("\r\nContent-Security-Policy: default-src 'self'; "
                        "frame-ancestors 'none'\r\n"));
  EXPECT_THAT(page, HasSubstr("\r\n\r\n<!doctype html>page"));
}

TEST_F(WebServerTest, StrangersSeeNothingOfThePage) {
  StartServer();
  for (const std::string& request :
       {Get("/"), Get("/events"), Get("/?token=0123"),
        Get("/", "Cookie: invocator_1=2\r\n")}) {
    const std::string answer = Ask(request);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("<!doctype")));
    EXPECT_THAT(answer, Not(HasSubstr(token_)));
    EXPECT_THAT(answer, HasSubstr("\r\nX-Frame-Options: DENY\r\n"));
  }
}

TEST_F(WebServerTest, HeadHasTheHeadersAlone) {
  StartServer();
  const std::string answer = Ask(
      absl::StrCat("HEAD / HTTP/1.1\r\nHost: localhost\r\n", Cookie(), "\r\n"),
      /*head=*/true);
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 19\r\n"));
  RawClient client(server_->port());
  client.Send(absl::StrCat("HEAD /events HTTP/1.1\r\nHost: localhost\r\n",
                           Cookie(), "\r\n"));
  EXPECT_THAT(client.ReadResponse(/*head=*/true),
              HasSubstr("text/event-stream"));
  EXPECT_TRUE(client.AtEnd());
}

TEST_F(WebServerTest, NoContentHasNoLength) {
  StartServer();
  RawClient client(server_->port());
  client.Send(Get("/favicon.ico"));
  const std::string answer = client.ReadUntil("\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
}

TEST_F(WebServerTest, WatchersGetEventsAsTheyArePublished) {
  StartServer();
  auto watcher = Watch();
  EXPECT_TRUE(feed_.WantsSnapshot());
  feed_.PublishSnapshot("{\"a\":1}");
  EXPECT_EQ(watcher->ReadUntil("\n\n"),
            "event: snapshot\nid: 0\ndata: {\"a\":1}\n\n");
  feed_.PublishBins("{}");
  EXPECT_EQ(watcher->ReadUntil("\n\n"), "event: bins\nid: 1\ndata: {}\n\n");
  auto returned = Watch("Last-Event-ID: 1\r\n");
  feed_.PublishBins("[]");
  EXPECT_EQ(returned->ReadUntil("\n\n"), "event: bins\nid: 2\ndata: []\n\n");
}

TEST_F(WebServerTest, ALargeSnapshotArrivesWhole) {
  StartServer();
  auto watcher = Watch();
  const std::string json(3'000'000, 'x');
  feed_.PublishSnapshot(json);
  EXPECT_EQ(watcher->ReadUntil("\n\n"),
            absl::StrCat("event: snapshot\nid: 0\ndata: ", json, "\n\n"));
}

TEST_F(WebServerTest, TheSeventeenthWatcherIsRefused) {
  StartServer();
  std::vector<std::unique_ptr<RawClient>> watchers;
  for (size_t i = 0; i < LiveFeed::kMostWatchers; ++i) {
    watchers.push_back(Watch());
  }
  EXPECT_THAT(Ask(Get("/events", Cookie())),
              StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  // A browser learns the reason only from such a request.
  EXPECT_THAT(Ask(absl::StrCat("HEAD /events HTTP/1.1\r\nHost: localhost\r\n",
                               Cookie(), "\r\n"),
                  /*head=*/true),
              StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  // The page and /metrics are still served.
  EXPECT_THAT(Ask(Get("/", Cookie())), StartsWith("HTTP/1.1 200"));
  feed_.PublishSnapshot("s");
  for (auto& watcher : watchers) {
    EXPECT_THAT(watcher->ReadUntil("\n\n"), HasSubstr("data: s\n"));
  }
}

TEST_F(WebServerTest, AWatcherThatLeavesIsForgotten) {
  StartServer();
  Watch();
  const auto end = std::chrono::steady_clock::now() + RawClient::kDeadline;
  while (feed_.HasWatchers() && std::chrono::steady_clock::now() < end) {
    Ask(Get("/metrics"));
  }
  EXPECT_FALSE(feed_.HasWatchers());
}

TEST_F(WebServerTest, TheEndIsToldAndTheConnectionClosed) {
  StartServer();
  auto watcher = Watch();
  feed_.PublishDone("d");
  const absl::Time begin = absl::Now();
  server_->AwaitWatchers(absl::Seconds(10));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  EXPECT_THAT(watcher->ReadUntil("\n\n"), HasSubstr("event: done\n"));
  EXPECT_TRUE(watcher->AtEnd());
}

TEST_F(WebServerTest, AFrozenWatcherHoldsNobodyUp) {
  StartServer();
  auto frozen = Watch();
  // More than the sockets' buffers take.
  feed_.PublishSnapshot(std::string(64'000'000, 'x'));
  feed_.PublishDone("d");
  const absl::Time begin = absl::Now();
  server_->AwaitWatchers(absl::Milliseconds(100));
  server_.reset();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(1));
}

TEST_F(WebServerTest, NoRequestNoAnswer) {
  StartServer();
  for (const char* request :
       {"GARBAGE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nabcd",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n"
        "\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
        "chunked\r\n\r\n"}) {
    EXPECT_THAT(Ask(request), StartsWith("HTTP/1.1 40")) << request;
  }
  EXPECT_THAT(Ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
              StartsWith("HTTP/1.1 421 Misdirected Request\r\n"));
}

TEST_F(WebServerTest, HeadersHaveALimit) {
  StartServer();
  const auto with = [&](size_t bytes) {
    return Ask(Get(
        "/", absl::StrCat(Cookie(), "X: ", std::string(bytes, 'x'), "\r\n")));
  };
  EXPECT_THAT(with(7'000), StartsWith("HTTP/1.1 200 OK\r\n"));
  for (const size_t bytes : {8'192u, 20'000u, 1'000'000u}) {
    EXPECT_THAT(with(bytes), StartsWith("HTTP/1.1 431 ")) << bytes;
  }
}

TEST_F(WebServerTest, UnfinishedRequestsDoNotKeepOthersOut) {
  StartServer();
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<RawClient>(server_->port()));
    slow.back()->Send("GET / HTTP/1.1\r\nHost: loc");
  }
  EXPECT_THAT(Ask(Get("/", Cookie())), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(slow.front()->AtEnd());
}

TEST_F(WebServerTest, MetricsAreMadeWhenAskedFor) {
  MetricsBoard board;
  board.SetTended(true);
  LiveFeed feed;
  auto server = WebServer::Create(options_, feed, board);
  ASSERT_TRUE(server.ok());
  RawClient client((*server)->port());
  client.Send(Get("/metrics"));
  const auto end = std::chrono::steady_clock::now() + RawClient::kDeadline;
  while (!board.IsWanted() && std::chrono::steady_clock::now() < end) {
  }
  board.Publish("fresh 1\n");
  const std::string answer = client.ReadResponse();
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; "
                                "charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\nfresh 1\n"));
  EXPECT_FALSE(board.IsWanted());
}

TEST_F(WebServerTest, WithoutAPageItsUrlIsThatOfMetrics) {
  options_.has_page = false;
  StartServer();
  EXPECT_EQ(server_->url(),
            absl::StrCat("http://127.0.0.1:", server_->port(), "/metrics"));
  EXPECT_THAT(Ask(Get("/metrics")), HasSubstr("metric 1\n"));
  EXPECT_THAT(Ask(Get("/")), StartsWith("HTTP/1.1 404"));
}

TEST_F(WebServerTest, AddressInUseIsAnErrorThatNamesIt) {
  StartServer();
  options_.listen.port = server_->port();
  auto second = WebServer::Create(options_, feed_, board_);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr(absl::StrCat("127.0.0.1:", server_->port(),
                                     ": Address already in use")));
}

TEST_F(WebServerTest, ServesHttps) {
  const SelfSigned certificate;
  options_.tls_cert_file = certificate.cert_file();
  options_.tls_key_file = certificate.key_file();
  StartServer();
  EXPECT_THAT(server_->url(), StartsWith("https://127.0.0.1:"));
  RawClient client(server_->port(), certificate.cert_file());
  ASSERT_TRUE(client.connected());
  client.Send(Get(absl::StrCat("/?token=", token_)));
  EXPECT_THAT(client.ReadResponse(), HasSubstr("; Secure\r\n"));
  RawClient watcher(server_->port(), certificate.cert_file());
  watcher.Send(Get("/events", Cookie()));
  EXPECT_THAT(watcher.ReadResponse(), StartsWith("HTTP/1.1 200 OK\r\n"));
  const std::string json(1'000'000, 'x');
  feed_.PublishSnapshot(json);
  EXPECT_THAT(watcher.ReadUntil("\n\n"), HasSubstr(json));
  feed_.PublishDone("d");
  server_->AwaitWatchers(absl::Seconds(10));
  EXPECT_THAT(watcher.ReadUntil("\n\n"), HasSubstr("data: d"));
  EXPECT_TRUE(watcher.AtEnd());
}

TEST_F(WebServerTest, BadCertificateIsAnErrorThatNamesItAndTheReason) {
  const SelfSigned certificate;
  options_.tls_key_file = certificate.key_file();
  for (const auto& [file, reason] :
       {std::pair("/nowhere/cert.pem", "No such file or directory"),
        std::pair("/dev", "Is a directory"),
        std::pair("/dev/null", "no start line")}) {
    options_.tls_cert_file = file;
    const auto server = WebServer::Create(options_, feed_, board_);
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(server.status().message()),
                StartsWith(absl::StrCat("cannot read certificate ", file, ": ",
                                        reason)));
  }
}

TEST(ParseWebAddressTest, ThePortMayBeZero) {
  EXPECT_EQ(*ParseWebAddress("127.0.0.1:0"), (Address{"127.0.0.1", 0}));
  EXPECT_EQ(*ParseWebAddress("[::1]:0"), (Address{"::1", 0}));
  EXPECT_EQ(*ParseWebAddress("Load.example:8443"),
            (Address{"load.example", 8443}));
  for (const char* bad : {"", ":0", "127.0.0.1", "a b:0", "x:70000"}) {
    EXPECT_FALSE(ParseWebAddress(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace invocator
