#include "common/credentials/container_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/fake_source_io.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRelative[] = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr char kFull[] = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr char kToken[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr char kTokenFile[] = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr char kUrl[] = "http://127.0.0.1:1/v1/credentials?x=1";

class ContainerCredentialsTest : public testing::Test {
 protected:
  ContainerCredentialsTest() {
    io_.variables[kFull] = kUrl;
    io_.Respond(absl::StrCat("GET ", kUrl), 200,
                MetadataJson("ASIA", "2033-05-18T03:33:20Z"));
  }

  absl::StatusOr<FoundCredentials> Fetch() {
    return FetchContainerCredentials(io_.variable(), "", io_.io(), nullptr);
  }
  // The Authorization of the last request.
  std::string Shown() {
    EXPECT_TRUE(Fetch().ok());
    return FakeSourceIo::HeaderOf(io_.requests.back(), "Authorization");
  }

  FakeSourceIo io_;
  TempDir dir_;
};

TEST_F(ContainerCredentialsTest, TheAgentsAnswerIsRead) {
  const auto found = Fetch();
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->credentials, (Credentials{"ASIA", "s/ecret", "to/ken=="}));
  EXPECT_EQ(absl::ToUnixSeconds(found->expires_at), 2'000'000'000);
}

TEST_F(ContainerCredentialsTest, TheTokenIsShownAndAFileIsReadAnew) {
  EXPECT_EQ(Shown(), "");
  io_.variables[kToken] = "Basic abc";
  EXPECT_EQ(Shown(), "Basic abc");
  io_.variables[kTokenFile] = dir_.Write("token", "one\n");
  EXPECT_EQ(Shown(), "one");
  dir_.Write("token", "two");
  EXPECT_EQ(Shown(), "two");
}

TEST_F(ContainerCredentialsTest, ATokenWithALineEndIsRefused) {
  io_.variables[kToken] = "hush\r\nX-Forged: 1";
  EXPECT_THAT(std::string(Fetch().status().message()), Not(HasSubstr("hush")));
  EXPECT_TRUE(io_.requests.empty());
  io_.variables[kToken] = "";
  io_.variables[kTokenFile] = dir_.Write("token", "hush\nhush\n");
  EXPECT_FALSE(Fetch().ok());
  io_.variables[kTokenFile] = dir_.Path("missing");
  EXPECT_EQ(Fetch().status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(io_.requests.empty());
}

TEST_F(ContainerCredentialsTest, OnlyCertainHostsAreAskedInTheClear) {
  const auto url = [this](const char* full) {
    io_.variables[kFull] = full;
    return ContainerUrl(io_.variable());
  };
  for (const char* good :
       {"http://127.0.0.1/x", "http://localhost:8080", "http://127.1.2.3/",
        "http://[::1]:80/x", "http://169.254.170.2/x",
        "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/x",
        "https://anything.test/x"}) {
    EXPECT_EQ(*url(good), good);
  }
  for (const char* bad :
       {"http://example.test/", "http://127.0.0.1.example.test/",
        "http://localhost@example.test/", "http://169.254.170.3/", "/x", "x",
        "http://", "file:///etc/passwd", "ftp://127.0.0.1/",
        "http://169.254.169.254/"}) {
    EXPECT_EQ(url(bad).status().code(), absl::StatusCode::kFailedPrecondition)
        << bad;
  }
}

TEST_F(ContainerCredentialsTest, ARelativeUriIsTheAgentsOfEcs) {
  EXPECT_TRUE(HasContainerCredentials(io_.variable()));
  io_.variables = {{kRelative, "/v2/credentials/1"}, {kFull, "http://nowhere"}};
  EXPECT_EQ(*ContainerUrl(io_.variable()),
            "http://169.254.170.2/v2/credentials/1");
  io_.variables[kRelative] = "@example.test/";
  EXPECT_FALSE(ContainerUrl(io_.variable()).ok());
  io_.variables.clear();
  EXPECT_FALSE(HasContainerCredentials(io_.variable()));
}

TEST_F(ContainerCredentialsTest, ABusyAgentIsAskedThreeTimes) {
  io_.Respond(absl::StrCat("GET ", kUrl), 503, "");
  EXPECT_THAT(std::string(Fetch().status().message()), HasSubstr("503"));
  EXPECT_EQ(io_.requests.size(), 3u);
  io_.requests.clear();
  io_.answers.clear();
  EXPECT_EQ(Fetch().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(io_.requests.size(), 3u);
}

TEST_F(ContainerCredentialsTest, ARefusalIsFinal) {
  io_.Respond(absl::StrCat("GET ", kUrl), 401, "hush");
  EXPECT_THAT(std::string(Fetch().status().message()), HasSubstr("401"));
  EXPECT_EQ(io_.requests.size(), 1u);
}

}  // namespace
}  // namespace invocator
