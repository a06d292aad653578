#include "worker/exchange/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/support/plans.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

constexpr int64_t kUnixS = 1'700'000'000;  // 2023-11-14T22:13:20Z

Signer TestSigner(std::string token = "") {
  return Signer({"AKIDEXAMPLE", "secret", std::move(token)});
}

class RequestTest : public testing::Test {
 protected:
  RequestTest() : plan_(PlanOf({ListInstance("a", {1}, 10)}, 10)) {}

  InstancePlan& instance() { return plan_.instances[0]; }
  void Sign() { instance().signing = SigningScope{"eu-west-1", "execute-api"}; }
  void SetBodies(PayloadSet bodies) {
    plan_.payload_sets = {std::move(bodies)};
    instance().payload_set = 0;
  }
  InstanceRequest Prepare(Signer* signer = nullptr,
                          absl::string_view endpoint_url = "") {
    return std::move(
        PrepareRequests(plan_, WholeShares(plan_), endpoint_url, signer)[0]);
  }

  Plan plan_;
};

TEST_F(RequestTest, TheUrlIsTheEndpointOverTls) {
  instance().endpoint = {"api.test:8443", "/dev/f%20x", "b=2&a"};
  EXPECT_EQ(Prepare().url, "https://api.test:8443/dev/f%20x?b=2&a");
}

TEST_F(RequestTest, AnEndpointUrlTakesThePlaceOfSchemeAndHostOnly) {
  instance().endpoint = {"api.test", "/dev/f", "x=1"};
  const InstanceRequest request = Prepare(nullptr, "http://127.0.0.1:9000/a");
  EXPECT_EQ(request.url, "http://127.0.0.1:9000/a/dev/f?x=1");
  EXPECT_THAT(request.headers, ElementsAre(Pair("Host", "api.test")));
}

TEST_F(RequestTest, MethodTimeoutAndHeadersAreTheInstances) {
  instance().method = "PUT";
  instance().timeout = absl::Milliseconds(1'500);
  instance().headers = {{"X-Trace", "1"}, {"Accept", "text/html"}};
  const InstanceRequest request = Prepare();
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.timeout, absl::Milliseconds(1'500));
  EXPECT_THAT(request.headers,
              ElementsAre(Pair("X-Trace", "1"), Pair("Accept", "text/html"),
                          Pair("Host", "example.test")));
}

TEST_F(RequestTest, ABodyIsJsonUnlessSaidOtherwise) {
  SetBodies({"{}"});
  EXPECT_THAT(Prepare().headers,
              testing::Contains(Pair("Content-Type", "application/json")));
  instance().headers = {{"content-type", "text/plain"}};
  EXPECT_THAT(Prepare().headers, ElementsAre(Pair("content-type", "text/plain"),
                                             Pair("Host", "example.test")));
}

TEST_F(RequestTest, WithoutABodyThereIsNoContentType) {
  EXPECT_THAT(Prepare().headers, ElementsAre(Pair("Host", "example.test")));
}

TEST_F(RequestTest, BodiesAreCycledBySequence) {
  SetBodies({"1", "2", "3"});
  InstanceRequest request = Prepare();
  EXPECT_EQ(request.bodies[0].body, "1");
  EXPECT_EQ(request.bodies[1].body, "2");
}

TEST_F(RequestTest, InstancesThatAreNotPlayedHereAreNotLaidOut) {
  plan_.instances.push_back(ListInstance("b", {1}, 10));
  const std::vector<InstanceRequest> requests =
      PrepareRequests(plan_, {{1, 0, 2}}, "", nullptr);
  EXPECT_TRUE(requests[0].bodies.empty());
  EXPECT_EQ(requests[1].bodies.size(), 1u);
}

TEST_F(RequestTest, WithoutAPayloadTheBodyIsEmpty) {
  InstanceRequest request = Prepare();
  ASSERT_EQ(request.bodies.size(), 1u);
  EXPECT_EQ(request.bodies[0].body, "");
  EXPECT_EQ(request.StampAt(0, kUnixS), nullptr);
}

TEST_F(RequestTest, TheSignatureIsScopedToTheInstance) {
  Sign();
  Signer signer = TestSigner();
  InstanceRequest request = Prepare(&signer);
  const PreparedSignature::Stamp& stamp = *request.StampAt(0, kUnixS);
  EXPECT_EQ(stamp.amz_date, "20231114T221320Z");
  EXPECT_THAT(stamp.authorization,
              StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20231114/"
                         "eu-west-1/execute-api/aws4_request"));
}

TEST_F(RequestTest, ContentTypeAndAmzHeadersAreSignedAndNoOthers) {
  Sign();
  SetBodies({"{}"});
  instance().headers = {{"X-Trace", "1"}, {"X-Amz-Meta", "2"}};
  Signer signer = TestSigner();
  InstanceRequest request = Prepare(&signer);
  EXPECT_THAT(
      request.StampAt(0, kUnixS)->authorization,
      HasSubstr("SignedHeaders=content-type;host;x-amz-date;x-amz-meta,"));
}

TEST_F(RequestTest, ATokenIsSigned) {
  Sign();
  Signer signer = TestSigner("the-token");
  InstanceRequest request = Prepare(&signer);
  // It is sent as the signer has it by then.
  EXPECT_THAT(request.headers, ElementsAre(Pair("Host", "example.test")));
  EXPECT_EQ(request.signer->credentials().session_token, "the-token");
  EXPECT_THAT(request.StampAt(0, kUnixS)->authorization,
              HasSubstr("SignedHeaders=host;x-amz-date;x-amz-security-token"));
}

TEST_F(RequestTest, AnUnsignedInstanceGetsNoTokenOfOthers) {
  plan_.instances.push_back(ListInstance("b", {1}, 10));
  Sign();
  Signer signer = TestSigner("the-token");
  std::vector<InstanceRequest> requests =
      PrepareRequests(plan_, WholeShares(plan_), "", &signer);
  EXPECT_THAT(requests[1].headers, ElementsAre(Pair("Host", "example.test")));
  EXPECT_EQ(requests[1].StampAt(0, kUnixS), nullptr);
}

TEST_F(RequestTest, EachBodyHasItsOwnSignature) {
  Sign();
  SetBodies({"1", "2", "1"});
  Signer signer = TestSigner();
  InstanceRequest request = Prepare(&signer);
  const std::string one = request.StampAt(0, kUnixS)->authorization;
  EXPECT_NE(request.StampAt(1, kUnixS)->authorization, one);
  EXPECT_EQ(request.StampAt(2, kUnixS)->authorization, one);
}

TEST_F(RequestTest, TheEndpointUrlDoesNotChangeTheSignature) {
  Sign();
  Signer signer = TestSigner();
  InstanceRequest direct = Prepare(&signer);
  InstanceRequest diverted = Prepare(&signer, "http://127.0.0.1:9000/a");
  EXPECT_EQ(direct.StampAt(0, kUnixS)->authorization,
            diverted.StampAt(0, kUnixS)->authorization);
}

TEST_F(RequestTest, CredentialsAreNeededIfAnyInstanceSigns) {
  plan_.instances.push_back(ListInstance("b", {1}, 10));
  EXPECT_FALSE(NeedsCredentials(plan_));
  Sign();
  EXPECT_TRUE(NeedsCredentials(plan_));
}

}  // namespace
}  // namespace invocator
