#include "common/credentials/credentials_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_source_io.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kExpiration[] = "2033-05-18T03:33:20Z";

class CredentialsChainTest : public testing::Test {
 protected:
  CredentialsChainTest() {
    io_.variables["HOME"] = home_.path();
    io_.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://imds.test";
    io_.variables["AWS_ENDPOINT_URL_STS"] = "http://sts.test";
  }

  void SetEnvironment() {
    io_.variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
    io_.variables["AWS_SECRET_ACCESS_KEY"] = "s";
  }
  void SetWebIdentity() {
    io_.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = home_.Write("token", "t");
    io_.variables["AWS_ROLE_ARN"] = "arn:web";
    io_.answers["POST http://sts.test/"] = [](const HttpRequest& request) {
      const bool is_web =
          request.body.find("WebIdentityToken") != std::string::npos;
      HttpResponse response;
      response.status = 200;
      response.body = StsXml(is_web ? "ASIAWEB" : "ASIAROLE", kExpiration);
      return response;
    };
  }
  void SetProfile(const std::string& text) { home_.Write(".aws/config", text); }
  void SetKeysOfDefault() {
    SetProfile(
        "[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=s\n");
  }
  void SetContainer(const std::string& expiration = kExpiration) {
    io_.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/c";
    io_.Respond("GET http://127.0.0.1/c", 200,
                MetadataJson("ASIACONTAINER", expiration));
  }
  void SetInstance(const std::string& expiration = kExpiration) {
    const std::string base = "http://imds.test/latest/";
    const std::string role =
        "GET " + base + "meta-data/iam/security-credentials/";
    io_.Respond("PUT " + base + "api/token", 200, "token");
    io_.Respond(role, 200, "r");
    io_.Respond(role + "r", 200, MetadataJson("ASIAINSTANCE", expiration));
  }

  absl::StatusOr<ChosenCredentials> Find(const std::string& profile = "") {
    return FindCredentials(profile, nullptr, io_.variable(), io_.io());
  }
  // "key id: source"
  std::string Found(const std::string& profile = "") {
    const auto chosen = Find(profile);
    if (!chosen.ok()) return chosen.status().ToString();
    return chosen->found.credentials.access_key_id + ": " + chosen->source.name;
  }
  std::string Error(const std::string& profile = "") {
    const absl::Status status = Find(profile).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    return std::string(status.message());
  }

  TempDir home_;
  FakeSourceIo io_;
};

TEST_F(CredentialsChainTest, SourcesAreTriedInTheOrderOfAwssTools) {
  SetInstance();
  EXPECT_EQ(Found(), "ASIAINSTANCE: instance metadata");
  SetContainer();
  EXPECT_EQ(Found(), "ASIACONTAINER: container");
  SetKeysOfDefault();
  EXPECT_EQ(Found(), "AKIDFILE: keys of profile default");
  SetWebIdentity();
  EXPECT_EQ(Found(), "ASIAWEB: web identity of AWS_WEB_IDENTITY_TOKEN_FILE");
  SetProfile(
      "[default]\nrole_arn = arn:r\nsource_profile = default\n"
      "aws_access_key_id=AKIDFILE\naws_secret_access_key=s\n");
  EXPECT_EQ(Found(), "ASIAROLE: role arn:r of profile default");
  SetEnvironment();
  EXPECT_EQ(Found(), "AKIDENV: environment");
}

TEST_F(CredentialsChainTest, AProfileByOptionGoesBeforeTheEnvironment) {
  SetEnvironment();
  SetWebIdentity();
  SetProfile(
      "[profile dev]\naws_access_key_id=AKIDDEV\naws_secret_access_key=s\n");
  EXPECT_EQ(Found("dev"), "AKIDDEV: keys of profile dev");
  io_.variables["AWS_PROFILE"] = "dev";
  EXPECT_EQ(Found(), "AKIDENV: environment");
}

TEST_F(CredentialsChainTest, AProfileThatWasAskedForHasToBeThere) {
  SetInstance();
  SetEnvironment();  // goes before it, and AWS's tools refuse nevertheless
  EXPECT_THAT(Error("dev"), HasSubstr("profile dev could not be found"));
  io_.variables["AWS_PROFILE"] = "prod";
  EXPECT_THAT(Error(), HasSubstr("prod could not be found (AWS_PROFILE)"));
  EXPECT_TRUE(io_.requests.empty());
}

TEST_F(CredentialsChainTest, ABrokenFileIsAnErrorAlsoWithOtherKeys) {
  SetEnvironment();
  SetProfile("nonsense");
  EXPECT_THAT(Error(), HasSubstr("/.aws/config:1: "));
}

TEST_F(CredentialsChainTest, AProfileWithoutCredentialsIsPassedOver) {
  SetInstance();
  SetProfile("[profile dev]\nregion = a\n");
  EXPECT_EQ(Found("dev"), "ASIAINSTANCE: instance metadata");
}

TEST_F(CredentialsChainTest, NothingAnywhereSaysWhatWasTriedAndWhy) {
  io_.variables["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_THAT(
      Error(),
      AllOf(HasSubstr("no AWS credentials"),
            HasSubstr("\n  environment: AWS_ACCESS_KEY_ID and"),
            HasSubstr("\n  web identity of AWS_WEB_IDENTITY_TOKEN_FILE: "),
            HasSubstr("\n  profile default: neither " + home_.path()),
            HasSubstr("\n  container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
            HasSubstr("\n  instance metadata: AWS_EC2_METADATA_DISABLED")));
  EXPECT_TRUE(io_.requests.empty());
}

TEST_F(CredentialsChainTest, ASourceThatIsSetUpAndFailsEndsTheSearch) {
  SetInstance();
  SetContainer();
  io_.Respond("GET http://127.0.0.1/c", 403, "");
  EXPECT_THAT(Error(), HasSubstr("container: the container's agent"));
  SetProfile("[default]\naws_access_key_id = AKID\n");
  EXPECT_THAT(Error(), HasSubstr("aws_secret_access_key is not"));
  io_.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nowhere";
  EXPECT_THAT(Error(), HasSubstr("AWS_ROLE_ARN is not"));
  io_.variables["AWS_SECRET_ACCESS_KEY"] = "hush";
  EXPECT_THAT(Error(), AllOf(HasSubstr("AWS_ACCESS_KEY_ID is not"),
                             Not(HasSubstr("hush"))));
}

TEST_F(CredentialsChainTest, ExpiredCredentialsAreRefused) {
  SetContainer("2001-09-09T01:46:40Z");
  EXPECT_THAT(Error(), HasSubstr("expired at 2001-09-09T01:46:40"));
  SetEnvironment();
  io_.variables["AWS_CREDENTIAL_EXPIRATION"] = "2001-09-09T01:46:40Z";
  EXPECT_THAT(Error(), HasSubstr("environment: its credentials expired"));
  io_.variables["AWS_CREDENTIAL_EXPIRATION"] = "soon";
  EXPECT_THAT(Error(), HasSubstr("AWS_CREDENTIAL_EXPIRATION"));
  io_.variables["AWS_CREDENTIAL_EXPIRATION"] = kExpiration;
  EXPECT_EQ(absl::ToUnixSeconds(Find()->found.expires_at), 2'000'000'000);
}

TEST_F(CredentialsChainTest, AnInstancesExpiredOnesAreExtended) {
  SetInstance("2001-09-09T01:46:40Z");
  EXPECT_EQ(Found(), "ASIAINSTANCE: instance metadata");
}

TEST_F(CredentialsChainTest, TheChosenSourceIsAskedAgainWithFilesReadAnew) {
  SetKeysOfDefault();
  const auto chosen = Find();
  ASSERT_TRUE(chosen.ok()) << chosen.status();
  SetProfile("[default]\naws_access_key_id=AKIDNEW\naws_secret_access_key=s\n");
  const auto again = chosen->source.fetch(nullptr);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->credentials.access_key_id, "AKIDNEW");
}

TEST_F(CredentialsChainTest, WhoGivesUpIsNotToldThatThereAreNone) {
  SetContainer();
  io_.Refuse("GET http://127.0.0.1/c", absl::CancelledError("given up"));
  EXPECT_EQ(Find().status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace invocator
