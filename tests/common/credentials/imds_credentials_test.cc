#include "common/credentials/imds_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/fake_source_io.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

constexpr char kPut[] = "PUT http://imds.test/latest/api/token";
constexpr char kRole[] =
    "GET http://imds.test/latest/meta-data/iam/security-credentials/";
constexpr char kKeys[] =
    "GET http://imds.test/latest/meta-data/iam/security-credentials/my-role";

class ImdsCredentialsTest : public testing::Test {
 protected:
  ImdsCredentialsTest() {
    options_.endpoint = "http://imds.test";
    io_.Respond(kPut, 200, "the-token");
    io_.Respond(kRole, 200, "my-role");
    io_.Respond(kKeys, 200, MetadataJson("ASIA", "2033-05-18T03:33:20Z"));
  }

  absl::StatusOr<FoundCredentials> Fetch() {
    return FetchImdsCredentials(options_, io_.io(), nullptr);
  }
  absl::StatusCode Code() { return Fetch().status().code(); }

  FakeSourceIo io_;
  ImdsOptions options_;
};

TEST_F(ImdsCredentialsTest, ATokenIsFetchedAndShown) {
  const auto found = Fetch();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials, (Credentials{"ASIA", "s/ecret", "to/ken=="}));
  EXPECT_EQ(absl::ToUnixSeconds(found->expires_at), 2'000'000'000);
  ASSERT_EQ(io_.requests.size(), 3u);
  EXPECT_EQ(FakeSourceIo::HeaderOf(io_.requests[0],
                                   "x-aws-ec2-metadata-token-ttl-seconds"),
            "21600");
  for (const size_t i : {size_t{1}, size_t{2}}) {
    EXPECT_EQ(
        FakeSourceIo::HeaderOf(io_.requests[i], "x-aws-ec2-metadata-token"),
        "the-token");
  }
}

TEST_F(ImdsCredentialsTest, WithoutTokensItIsVersionOne) {
  for (int status : {403, 404, 405}) {
    io_.requests.clear();
    io_.Respond(kPut, status, "");
    ASSERT_TRUE(Fetch().ok()) << status;
    EXPECT_EQ(
        FakeSourceIo::HeaderOf(io_.requests[1], "x-aws-ec2-metadata-token"),
        "");
  }
  io_.Refuse(kPut, absl::DeadlineExceededError("slow"));
  EXPECT_TRUE(Fetch().ok());
}

constexpr char kRegion[] =
    "GET http://imds.test/latest/meta-data/placement/region";
constexpr char kZone[] =
    "GET http://imds.test/latest/meta-data/placement/availability-zone";

TEST_F(ImdsCredentialsTest, RegionIsToldOrThatOfTheZone) {
  const auto region = [this] {
    return FetchImdsRegion(options_, io_.io(), nullptr);
  };
  EXPECT_TRUE(absl::IsNotFound(region().status()));
  io_.Respond(kRegion, 404, "");
  io_.Respond(kZone, 200, "us-gov-west-1b\n");
  EXPECT_EQ(*region(), "us-gov-west-1");
  io_.Respond(kRegion, 200, "eu-west-1\n");
  EXPECT_EQ(*region(), "eu-west-1");
  EXPECT_EQ(
      FakeSourceIo::HeaderOf(io_.requests.back(), "x-aws-ec2-metadata-token"),
      "the-token");
  for (const char* text : {"", "<html>", "EU-WEST-1", "euwest", "a-b/c"}) {
    io_.Respond(kRegion, 200, text);
    EXPECT_TRUE(absl::IsInvalidArgument(region().status())) << text;
  }
  io_.Respond(kRegion, 200, "a-" + std::string(62, 'b'));
  EXPECT_TRUE(region().ok());
  io_.Respond(kRegion, 200, "a-" + std::string(63, 'b'));
  EXPECT_FALSE(region().ok());
  io_.Respond(kRegion, 500, "");
  EXPECT_TRUE(absl::IsFailedPrecondition(region().status()));
}

TEST_F(ImdsCredentialsTest, VersionOneCanBeForbidden) {
  options_.v1_disabled = true;
  io_.Respond(kPut, 404, "");
  EXPECT_EQ(Code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(io_.requests.size(), 1u);
}

TEST_F(ImdsCredentialsTest, NobodyThereMeansNoCredentials) {
  io_.answers.clear();
  EXPECT_EQ(Code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(io_.requests.size(), 1u);
}

TEST_F(ImdsCredentialsTest, AnInstanceMayHaveNoRole) {
  io_.Respond(kRole, 404, "");
  EXPECT_EQ(Code(), absl::StatusCode::kNotFound);
  io_.Respond(kRole, 200, "\n");
  EXPECT_EQ(Code(), absl::StatusCode::kNotFound);
}

TEST_F(ImdsCredentialsTest, AnErrorOfTheServiceIsAnError) {
  io_.Respond(kKeys, 200, R"({"Code":"Nope","Message":"no trust"})");
  EXPECT_THAT(std::string(Fetch().status().message()), HasSubstr("no trust"));
  io_.Respond(kKeys, 500, "");
  EXPECT_THAT(std::string(Fetch().status().message()), HasSubstr("500"));
  io_.Respond(kPut, 400, "");
  EXPECT_EQ(Code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ImdsCredentialsTest, ATokenOrRoleThatWouldForgeARequestIsRefused) {
  io_.Respond(kPut, 200, "a\r\nX-Forged: 1");
  EXPECT_EQ(Code(), absl::StatusCode::kInvalidArgument);
  io_.Respond(kPut, 200, "the-token");
  io_.Respond(kRole, 200, "a b");
  EXPECT_EQ(Code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ImdsCredentialsTest, TransientErrorsAreTriedAgainAsOftenAsSaid) {
  options_.attempts = 3;
  io_.Respond(kKeys, 503, "");
  EXPECT_FALSE(Fetch().ok());
  EXPECT_EQ(io_.requests.size(), 5u);
  EXPECT_EQ(io_.pauses.size(), 2u);
}

TEST_F(ImdsCredentialsTest, ExpiredCredentialsAreExtended) {
  io_.Respond(kKeys, 200, MetadataJson("ASIA", "2001-09-09T01:46:40Z"));
  const auto found = Fetch();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->expires_at, io_.now + absl::Minutes(10));
}

TEST_F(ImdsCredentialsTest, OptionsComeFromVariablesAndTheProfile) {
  const auto read = [this](const AwsProfile& profile) {
    return ReadImdsOptions(io_.variable(), profile);
  };
  EXPECT_EQ(read({}).endpoint, "http://169.254.169.254");
  EXPECT_EQ(read({}).timeout, absl::Seconds(1));
  EXPECT_EQ(read({}).attempts, 1);
  EXPECT_FALSE(read({}).disabled);
  EXPECT_EQ(read({{"ec2_metadata_service_endpoint_mode", "ipv6"}}).endpoint,
            "http://[fd00:ec2::254]");
  EXPECT_EQ(read({{"ec2_metadata_service_endpoint", "http://a/"}}).endpoint,
            "http://a");
  io_.variables = {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://b:1//"},
                   {"AWS_EC2_METADATA_DISABLED", "TRUE"},
                   {"AWS_EC2_METADATA_V1_DISABLED", "true"},
                   {"AWS_METADATA_SERVICE_TIMEOUT", "2.5"},
                   {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "4"}};
  const ImdsOptions options =
      read({{"ec2_metadata_service_endpoint", "http://a"}});
  EXPECT_EQ(options.endpoint, "http://b:1");
  EXPECT_TRUE(options.disabled);
  EXPECT_TRUE(options.v1_disabled);
  EXPECT_EQ(options.timeout, absl::Milliseconds(2'500));
  EXPECT_EQ(options.attempts, 4);
  io_.variables = {{"AWS_METADATA_SERVICE_TIMEOUT", "1e9"},
                   {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "0"}};
  EXPECT_EQ(read({}).timeout, absl::Seconds(1));
  EXPECT_EQ(read({}).attempts, 1);
}

}  // namespace
}  // namespace invocator
