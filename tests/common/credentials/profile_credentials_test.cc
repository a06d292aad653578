#include "common/credentials/profile_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/support/fake_source_io.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kExpiration[] = "2033-05-18T03:33:20Z";
constexpr char kSts[] = "POST http://sts.test/";

class ProfileCredentialsTest : public testing::Test {
 protected:
  ProfileCredentialsTest() {
    io_.variables["HOME"] = home_.path();
    io_.variables["AWS_ENDPOINT_URL_STS"] = "http://sts.test";
    io_.Respond(kSts, 200, StsXml("ASIAROLE", kExpiration));
  }

  void Config(const std::string& text) { home_.Write(".aws/config", text); }
  absl::StatusOr<FoundCredentials> Fetch(const std::string& name = "p") {
    return FetchProfileCredentials(LoadAwsSettings("", io_.variable()), name,
                                   io_.io(), nullptr);
  }
  std::string KeyId(const std::string& name = "p") {
    const auto found = Fetch(name);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? found->credentials.access_key_id : "";
  }
  std::string Error(const std::string& name = "p") {
    const absl::Status status = Fetch(name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    return std::string(status.message());
  }
  // The key that signed the n-th request to STS.
  std::string SignedBy(size_t n = 0) {
    const std::string text =
        FakeSourceIo::HeaderOf(io_.requests.at(n), "Authorization");
    const size_t from = text.find("Credential=") + 11;
    return text.substr(from, text.find('/', from) - from);
  }

  TempDir home_;
  FakeSourceIo io_;
};

TEST_F(ProfileCredentialsTest, KeysAreReadAndReadAgainLater) {
  Config(
      "[profile p]\naws_access_key_id = AKID\naws_secret_access_key = s\n"
      "aws_session_token = t\n");
  const auto found = Fetch();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials, (Credentials{"AKID", "s", "t"}));
  EXPECT_EQ(found->expires_at, absl::InfiniteFuture());
  EXPECT_EQ(found->ask_again_after, absl::Minutes(1));
}

TEST_F(ProfileCredentialsTest, AnAbsentOrEmptyProfileIsNotFound) {
  Config("[profile p]\nregion = a\n");
  EXPECT_EQ(Fetch("p").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Fetch("q").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(ProfileCredentialsTest, ARoleIsAssumedWithTheSourcesKeys) {
  Config(
      "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
      "role_session_name = me\nexternal_id = x\nduration_seconds = 900\n"
      "region = eu-west-1\n"
      "[profile base]\naws_access_key_id = AKIDBASE\n"
      "aws_secret_access_key = s\n");
  const auto found = Fetch();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials,
            (Credentials{"ASIAROLE", "s/ecret", "to/ken=="}));
  EXPECT_EQ(absl::ToUnixSeconds(found->expires_at), 2'000'000'000);
  ASSERT_EQ(io_.requests.size(), 1u);
  EXPECT_EQ(SignedBy(), "AKIDBASE");
  EXPECT_THAT(FakeSourceIo::HeaderOf(io_.requests[0], "Authorization"),
              HasSubstr("/eu-west-1/sts/"));
  EXPECT_THAT(io_.requests[0].body,
              AllOf(HasSubstr("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr"),
                    HasSubstr("RoleSessionName=me"), HasSubstr("ExternalId=x"),
                    HasSubstr("DurationSeconds=900")));
}

TEST_F(ProfileCredentialsTest, RolesMayBeChained) {
  Config(
      "[profile p]\nrole_arn = r1\nsource_profile = q\n"
      "[profile q]\nrole_arn = r2\nsource_profile = base\n"
      "[profile base]\naws_access_key_id = AKIDBASE\n"
      "aws_secret_access_key = s\n");
  EXPECT_EQ(KeyId(), "ASIAROLE");
  ASSERT_EQ(io_.requests.size(), 2u);
  EXPECT_EQ(SignedBy(0), "AKIDBASE");
  EXPECT_EQ(SignedBy(1), "ASIAROLE");
  EXPECT_THAT(io_.requests[0].body, HasSubstr("RoleArn=r2"));
}

TEST_F(ProfileCredentialsTest, AProfileMayBeItsOwnSource) {
  Config(
      "[profile p]\nrole_arn = r\nsource_profile = p\n"
      "aws_access_key_id = AKIDOWN\naws_secret_access_key = s\n");
  EXPECT_EQ(KeyId(), "ASIAROLE");
  EXPECT_EQ(SignedBy(), "AKIDOWN");
}

TEST_F(ProfileCredentialsTest, ACircleOfSourcesIsAnError) {
  Config(
      "[profile p]\nrole_arn = r\nsource_profile = q\n"
      "[profile q]\nrole_arn = r\nsource_profile = p\n"
      "[profile own]\nrole_arn = r\nsource_profile = own\n");
  EXPECT_THAT(Error(), HasSubstr("p -> q -> p"));
  EXPECT_THAT(Error("own"), HasSubstr("circle"));
  EXPECT_TRUE(io_.requests.empty());
}

TEST_F(ProfileCredentialsTest, ASourceThatGivesNothingIsAnErrorThatNamesIt) {
  Config(
      "[profile p]\nrole_arn = r\nsource_profile = q\n[profile q]\nregion=a\n"
      "[profile m]\nrole_arn = r\nsource_profile = missing\n");
  EXPECT_THAT(Error(), HasSubstr("\"q\": it has no credentials"));
  EXPECT_THAT(Error("m"), HasSubstr("missing"));
}

TEST_F(ProfileCredentialsTest, ASourceMayBeTheEnvironment) {
  Config("[profile p]\nrole_arn = r\ncredential_source = Environment\n");
  EXPECT_THAT(Error(), HasSubstr("AWS_ACCESS_KEY_ID"));
  io_.variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
  io_.variables["AWS_SECRET_ACCESS_KEY"] = "s";
  EXPECT_EQ(KeyId(), "ASIAROLE");
  EXPECT_EQ(SignedBy(), "AKIDENV");
}

TEST_F(ProfileCredentialsTest, ASourceMayBeTheContainerOrTheInstance) {
  Config(
      "[profile p]\nrole_arn = r\ncredential_source = EcsContainer\n"
      "[profile i]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n"
      "[profile x]\nrole_arn = r\ncredential_source = Elsewhere\n");
  io_.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/c";
  io_.Respond("GET http://127.0.0.1/c", 200,
              MetadataJson("ASIACONTAINER", kExpiration));
  EXPECT_EQ(KeyId(), "ASIAROLE");
  EXPECT_EQ(SignedBy(1), "ASIACONTAINER");
  io_.variables["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_THAT(Error("i"), HasSubstr("AWS_EC2_METADATA_DISABLED"));
  EXPECT_THAT(Error("x"), HasSubstr("Elsewhere"));
}

TEST_F(ProfileCredentialsTest, AWebIdentityIsReadAnewFromItsFile) {
  const std::string file = home_.Write("token", "one\n");
  Config("[profile p]\nrole_arn = r\nweb_identity_token_file = " + file + "\n");
  EXPECT_EQ(KeyId(), "ASIAROLE");
  home_.Write("token", "two");
  EXPECT_EQ(KeyId(), "ASIAROLE");
  ASSERT_EQ(io_.requests.size(), 2u);
  EXPECT_THAT(io_.requests[0].body, HasSubstr("WebIdentityToken=one"));
  EXPECT_THAT(io_.requests[1].body, HasSubstr("WebIdentityToken=two"));
  EXPECT_EQ(FakeSourceIo::HeaderOf(io_.requests[1], "Authorization"), "");
}

TEST_F(ProfileCredentialsTest, WhatStsSaysIsInTheError) {
  Config(
      "[profile p]\nrole_arn = arn:r\nsource_profile = p\n"
      "aws_access_key_id = A\naws_secret_access_key = hush\n");
  io_.Respond(kSts, 403,
              "<ErrorResponse><Error><Code>AccessDenied</Code>"
              "<Message>not you</Message></Error></ErrorResponse>");
  EXPECT_EQ(Error(),
            "STS refused arn:r with status 403, AccessDenied: not you");
  EXPECT_EQ(io_.requests.size(), 1u);
}

TEST_F(ProfileCredentialsTest, ABusyStsIsAskedThreeTimes) {
  Config(
      "[profile p]\nrole_arn = r\nsource_profile = p\n"
      "aws_access_key_id = A\naws_secret_access_key = s\n");
  io_.Respond(kSts, 400,
              "<ErrorResponse><Error><Code>Throttling</Code></Error>"
              "</ErrorResponse>");
  EXPECT_THAT(Error(), HasSubstr("Throttling"));
  EXPECT_EQ(io_.requests.size(), 3u);
}

TEST_F(ProfileCredentialsTest, AProcessIsRunWithoutAShell) {
  Config("[profile p]\ncredential_process = /bin/tool 'a b' $HOME\n");
  io_.programs["/bin/tool|a b|$HOME"] =
      R"({"Version":1,"AccessKeyId":"ASIAP","SecretAccessKey":"s",)"
      R"("SessionToken":"t","Expiration":"2033-05-18T03:33:20Z"})";
  const auto found = Fetch();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials, (Credentials{"ASIAP", "s", "t"}));
  EXPECT_EQ(absl::ToUnixSeconds(found->expires_at), 2'000'000'000);
}

TEST_F(ProfileCredentialsTest, AProcessThatFailsIsAnError) {
  Config(
      "[profile p]\ncredential_process = tool\n"
      "[profile q]\ncredential_process = 'tool\n");
  EXPECT_THAT(Error(), HasSubstr("credential_process: tool"));
  EXPECT_THAT(Error("q"), HasSubstr("not closed"));
  io_.programs["tool"] = "hush";
  EXPECT_FALSE(Fetch().ok());
}

TEST_F(ProfileCredentialsTest, KindsAreToldByTheirKeys) {
  using Kind = ProfileKind;
  const AwsProfile keys = {{"aws_access_key_id", "A"},
                           {"aws_secret_access_key", "s"}};
  const auto with = [](AwsProfile profile, const AwsProfile& more) {
    profile.insert(more.begin(), more.end());
    return profile;
  };
  const AwsProfile role = {{"role_arn", "r"}, {"source_profile", "p"}};
  const AwsProfile web = {{"role_arn", "r"}, {"web_identity_token_file", "f"}};
  const AwsProfile process = {{"credential_process", "c"}};
  EXPECT_EQ(*KindOf({}, false), Kind::kNone);
  EXPECT_EQ(*KindOf(keys, false), Kind::kKeys);
  EXPECT_EQ(*KindOf(role, false), Kind::kRole);
  EXPECT_EQ(*KindOf(web, false), Kind::kWebIdentity);
  EXPECT_EQ(*KindOf(process, false), Kind::kProcess);
  EXPECT_EQ(*KindOf(with(keys, process), false), Kind::kKeys);
  EXPECT_EQ(*KindOf(with(keys, role), false), Kind::kRole);
  EXPECT_EQ(*KindOf(with(keys, role), true), Kind::kKeys);
  EXPECT_EQ(*KindOf(with(keys, web), false), Kind::kWebIdentity);
}

TEST_F(ProfileCredentialsTest, StsIsAskedWhereItsServicesSectionSays) {
  io_.variables.erase("AWS_ENDPOINT_URL_STS");
  io_.Respond("POST http://section.test/x/", 200,
              StsXml("ASIASECTION", kExpiration));
  const std::string profile =
      "[profile p]\nrole_arn = arn:r\nsource_profile = base\nservices = s\n"
      "[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n";
  Config(profile +
         "[services s]\nsts =\n  endpoint_url = http://section.test/x\n");
  EXPECT_EQ(KeyId(), "ASIASECTION");
  EXPECT_EQ(FakeSourceIo::HeaderOf(io_.requests[0], "Host"), "section.test");
  Config(profile);
  EXPECT_THAT(Error(), HasSubstr("has no section [services s]"));
  io_.variables["AWS_ENDPOINT_URL_STS"] = "http://sts.test";
  EXPECT_EQ(KeyId(), "ASIAROLE");
}

TEST_F(ProfileCredentialsTest, AClockThatIsAheadIsSuspected) {
  Config(
      "[profile p]\nrole_arn = arn:r\nsource_profile = base\n"
      "[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n");
  // The clock of the fake says 2023-11-14T22:13:20Z.
  const auto respond = [this](const std::string& expiration,
                              const std::string& date) {
    io_.answers[kSts] = [expiration, date](const HttpRequest&) {
      HttpResponse response;
      response.status = 200;
      response.headers = {{"date", date}};
      response.body = StsXml("ASIAROLE", expiration);
      return response;
    };
  };
  respond("2023-11-14T22:13:21Z", "");
  EXPECT_EQ(KeyId(), "ASIAROLE");
  respond("2023-11-14T22:13:20Z", "");
  EXPECT_THAT(Error(),
              AllOf(HasSubstr("STS's credentials are good until "
                              "2023-11-14T22:13:20"),
                    HasSubstr("this machine's clock says 2023-11-14T22:13:20"),
                    HasSubstr("+00:00: is the clock right?")));
  respond("2023-11-14T21:00:00Z", "Tue, 14 Nov 2023 20:00:00 GMT");
  EXPECT_THAT(Error(), HasSubstr(", 2h13m20s later than STS's: is the clock"));
  // A date that does not explain it.
  respond("2023-11-14T21:00:00Z", "Tue, 14 Nov 2023 23:00:00 GMT");
  EXPECT_THAT(Error(), HasSubstr("+00:00: is the clock right?"));
}

TEST_F(ProfileCredentialsTest, WhatCannotBeIsSaidInWords) {
  const struct {
    AwsProfile profile;
    const char* words;
  } kCases[] = {
      {{{"role_arn", "r"}}, "neither"},
      {{{"role_arn", "r"}, {"source_profile", "p"}, {"credential_source", "E"}},
       "both"},
      {{{"role_arn", "r"}, {"source_profile", "p"}, {"mfa_serial", "m"}},
       "mfa_serial"},
      {{{"web_identity_token_file", "f"}}, "role_arn"},
      {{{"aws_access_key_id", "A"}}, "aws_secret_access_key is not"},
      {{{"aws_secret_access_key", "s"}}, "aws_access_key_id is not"},
      {{{"aws_access_key_id", "A"}, {"aws_secret_access_key", ""}},
       "aws_secret_access_key is not"},
      {{{"sso_session", "s"}},
       "aws configure export-credentials --profile NAME --format process (AWS "
       "CLI version 2)"},
  };
  for (const auto& c : kCases) {
    const auto kind = KindOf(c.profile, false);
    EXPECT_EQ(kind.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(kind.status().message()), HasSubstr(c.words));
  }
}

}  // namespace
}  // namespace invocator
