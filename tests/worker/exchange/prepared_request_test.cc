#include "worker/exchange/prepared_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/plans.h"
#include "worker/net/origin.h"

namespace invocator {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr int64_t kUnixS = 1'700'000'000;

class PreparedRequestTest : public testing::Test {
 protected:
  InstancePlan& instance() { return plan_.instances[0]; }
  void SetBody(std::string body) {
    plan_.payload_sets = {{std::move(body)}};
    instance().payload_set = 0;
  }
  InstanceRequest& Prepare(Signer* signer = nullptr) {
    requests_ = PrepareRequests(plan_, WholeShares(plan_), "", signer);
    return requests_[0];
  }
  std::string Head() {
    return std::string(PreparedRequest(Prepare(), 0).FrontAt(0));
  }

  Plan plan_ = PlanOf({ListInstance("f", {1}, 10)}, 10);
  std::vector<InstanceRequest> requests_;
};

TEST_F(PreparedRequestTest, LengthsAreThereWhereABodyCouldBe) {
  instance().method = "GET";
  EXPECT_THAT(Head(), Not(HasSubstr("Content-Length")));
  instance().method = "POST";
  EXPECT_THAT(Head(), HasSubstr("\r\nContent-Length: 0\r\n"));
  SetBody("{}");
  EXPECT_THAT(Head(), HasSubstr("\r\nContent-Length: 2\r\n"));
  instance().method = "GET";
  EXPECT_THAT(Head(), HasSubstr("\r\nContent-Length: 2\r\n"));
  instance().method = "HEAD";
  EXPECT_THAT(Head(), Not(HasSubstr("Content-Length")));
  EXPECT_EQ(PreparedRequest(Prepare(), 0).rest(), "");
}

TEST_F(PreparedRequestTest, HeadersOfTheWorkloadWin) {
  instance().headers = {{"user-agent", "mine"}, {"X-Empty", ""}};
  const std::string head = Head();
  EXPECT_THAT(head, StartsWith("POST /stage/f HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nuser-agent: mine\r\nX-Empty:\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("invocator/")));
  EXPECT_THAT(head, HasSubstr("\r\nAccept: */*\r\n"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
}

TEST_F(PreparedRequestTest, OnlyDateAndSignatureChangeWithTheSecond) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  Signer signer({"AKID", "secret", "the-token"});
  PreparedRequest request(Prepare(&signer), 0);
  const std::string first(request.FrontAt(kUnixS));
  EXPECT_EQ(request.FrontAt(kUnixS), first);
  const std::string second(request.FrontAt(kUnixS + 1));
  EXPECT_NE(second, first);
  for (const std::string& head : {first, second}) {
    PreparedSignature::Stamp stamp =
        *requests_[0].StampAt(0, head == first ? kUnixS : kUnixS + 1);
    EXPECT_THAT(head, HasSubstr("\r\nX-Amz-Security-Token: the-token\r\n"
                                "X-Amz-Date: " +
                                stamp.amz_date + "\r\nAuthorization: " +
                                stamp.authorization + "\r\n\r\n"));
  }
}

TEST_F(PreparedRequestTest, NewCredentialsAreUsedAtOnce) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  Signer signer({"AKID", "secret", ""});
  PreparedRequest request(Prepare(&signer), 0);
  EXPECT_THAT(std::string(request.FrontAt(kUnixS)),
              Not(HasSubstr("X-Amz-Security-Token")));
  signer.set_credentials({"OTHER", "secret", "new-token"});
  const std::string head(request.FrontAt(kUnixS));
  EXPECT_THAT(head, HasSubstr("X-Amz-Security-Token: new-token\r\n"));
  EXPECT_THAT(head, HasSubstr("Credential=OTHER/"));
  EXPECT_THAT(head, HasSubstr("x-amz-date;x-amz-security-token,"));
}

// Of any length: nothing of the old head's layout holds for the new one.
TEST_F(PreparedRequestTest, CredentialsThatComeWithANewSecondAreUsedInIt) {
  instance().signing = SigningScope{"us-west-1", "execute-api"};
  CredentialsCell cell({"AKID", "secret", "old"});
  Signer signer{Credentials()};
  CredentialsFollower follower(cell, signer);
  InstanceRequest& instance_request = Prepare(&signer);
  instance_request.follower = &follower;
  PreparedRequest request(instance_request, 0);
  EXPECT_THAT(std::string(request.FrontAt(kUnixS)),
              HasSubstr("X-Amz-Security-Token: old\r\n"));
  const Credentials renewed[] = {
      {std::string(40, 'A'), "other", std::string(2'000, 't')},
      {"B", "yet another", ""}};
  int64_t unix_s = kUnixS;
  for (const Credentials& credentials : renewed) {
    cell.Set(credentials);
    Signer fresh_signer(credentials);
    std::vector<InstanceRequest> fresh =
        PrepareRequests(plan_, WholeShares(plan_), "", &fresh_signer);
    const std::string expected(PreparedRequest(fresh[0], 0).FrontAt(++unix_s));
    EXPECT_EQ(std::string(request.FrontAt(unix_s)), expected);
  }
}

TEST(OriginTest, IsWhatConnectionsAreMadeTo) {
  struct {
    const char* url;
    const char* origin;
    const char* host;
    int port;
    bool tls;
  } const cases[] = {
      {"https://a.test/stage/f?x=1", "https://a.test", "a.test", 443, true},
      {"http://a.test", "http://a.test", "a.test", 80, false},
      {"https://a.test:8443?q", "https://a.test:8443", "a.test", 8443, true},
      {"http://[::1]:9000/x:1", "http://[::1]:9000", "::1", 9000, false},
      {"https://[::1]/", "https://[::1]", "::1", 443, true},
  };
  for (const auto& c : cases) {
    const Origin origin = OriginOf(c.url);
    EXPECT_EQ(origin.url, c.origin);
    EXPECT_EQ(origin.host, c.host);
    EXPECT_EQ(origin.port, c.port);
    EXPECT_EQ(origin.tls, c.tls);
  }
}

}  // namespace
}  // namespace invocator
