// The keys of STS's sessions, as the verifier takes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/aws/sigv4.h"
#include "common/base/sha256.h"
#include "gateway/role_sessions.h"
#include "gateway/verifier.h"
#include "tests/support/sent_request.h"

namespace invocator {
namespace {

using ::testing::StartsWith;

// By our own signer, at SignedAt(), which sends no token if there is none.
Sent SignedWith(const Credentials& credentials) {
  Sent sent;
  Signer signer(credentials);
  PreparedSignature signature(signer, {"us-east-1", "execute-api"}, sent.method,
                              {kHost, sent.path, ""}, {}, Sha256Hex(sent.body));
  const PreparedSignature::Stamp& stamp =
      signature.At(absl::ToUnixSeconds(SignedAt()));
  sent.headers = {{"Host", kHost},
                  {"X-Amz-Date", stamp.amz_date},
                  {"Authorization", stamp.authorization}};
  if (!credentials.session_token.empty()) {
    sent.Header("X-Amz-Security-Token") = credentials.session_token;
  }
  return sent;
}

class VerifierOfSessionsTest : public ::testing::Test {
 protected:
  VerifierOfSessionsTest() : verifier_(DemoPair(), &sessions_) {}

  Credentials Begin() {
    return sessions_
        .Begin("arn:aws:sts::123456789012:assumed-role/demo/me", expiry_)
        .keys.credentials;
  }
  std::string Ask(const Credentials& credentials,
                  absl::Time wall = SignedAt()) {
    const Sent sent = SignedWith(credentials);
    return WordsOf(verifier_.Verify(Received(sent), wall));
  }

  const absl::Time expiry_ = SignedAt() + absl::Seconds(10);
  RoleSessions sessions_;
  Verifier verifier_;
};

TEST_F(VerifierOfSessionsTest, KeysOfSessionsAreAcceptedUntilTheyExpire) {
  const Credentials keys = Begin();
  EXPECT_EQ(Ask(keys, expiry_ - absl::Seconds(1)), "accepted");
  EXPECT_EQ(Ask(keys, expiry_),
            "ExpiredTokenException: The security token included in the request "
            "is expired");
  EXPECT_EQ(Ask(DemoPair()), "accepted");
}

TEST_F(VerifierOfSessionsTest, SessionsInTurnAreAllAccepted) {
  const Credentials one = Begin();
  const Credentials other = Begin();
  for (const Credentials& keys : {one, other, one, DemoPair(), other}) {
    EXPECT_EQ(Ask(keys), "accepted");
  }
}

TEST_F(VerifierOfSessionsTest, KeyIdSecretAndTokenHaveToBeOfOneSession) {
  const Credentials one = Begin();
  const Credentials other = Begin();
  ASSERT_EQ(Ask(one), "accepted");
  const Credentials no_token = {one.access_key_id, one.secret_access_key, ""};
  const Credentials others_token = {one.access_key_id, one.secret_access_key,
                                    other.session_token};
  const Credentials others_id = {other.access_key_id, one.secret_access_key,
                                 one.session_token};
  const Credentials users_id = {"AKIDEXAMPLE", one.secret_access_key,
                                one.session_token};
  const Credentials made_up = {one.access_key_id, one.secret_access_key,
                               one.session_token + "AAAA"};
  for (const Credentials& keys :
       {no_token, others_token, others_id, users_id, made_up}) {
    EXPECT_EQ(Ask(keys), kInvalidToken) << keys.session_token;
  }
  const Credentials others_secret = {one.access_key_id, other.secret_access_key,
                                     one.session_token};
  EXPECT_THAT(Ask(others_secret), StartsWith(kMismatch));
  EXPECT_EQ(Ask(one), "accepted");
}

TEST_F(VerifierOfSessionsTest, OtherGatewaysSessionsAreUnknown) {
  RoleSessions elsewhere;
  EXPECT_EQ(Ask(elsewhere.Begin("arn", expiry_).keys.credentials),
            kInvalidToken);
}

}  // namespace
}  // namespace invocator
