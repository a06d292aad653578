#include "worker/setup/own_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/support/self_signed.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

class OwnTargetTest : public ::testing::Test {
 protected:
  void Call(bool is_signed) {
    InstancePlan instance;
    if (is_signed) instance.signing = SigningScope{"us-west-1", "lambda"};
    plan_.instances.push_back(instance);
  }
  absl::StatusOr<TargetOptions> Own(const std::string& ca_file = "") {
    TargetOptions target;
    target.ca_file = ca_file;
    target.unix_socket = "kept";
    return OwnTarget(
        plan_, target,
        LoadAwsSettings("",
                        [this](const char* name) { return variables_[name]; }),
        note_);
  }

  TempDir dir_;
  Plan plan_;
  std::map<std::string, std::string> variables_ = {
      {"AWS_CONFIG_FILE", "/nonexistent"},
      {"AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"}};
  std::string note_;
};

TEST_F(OwnTargetTest, CallsOfAwsAloneTrustItsBundle) {
  const SelfSigned certificate;
  const std::string bundle = certificate.cert_file();
  Call(true);
  EXPECT_EQ(Own()->ca_file, "");
  variables_["AWS_CA_BUNDLE"] = bundle;
  EXPECT_EQ(Own()->ca_file, bundle);
  EXPECT_EQ(Own()->unix_socket, "kept");
  EXPECT_EQ(Own("/given")->ca_file, "/given");
  EXPECT_EQ(note_, "");
}

TEST_F(OwnTargetTest, OtherCallsDoNot) {
  variables_["AWS_CA_BUNDLE"] = "/nonexistent";
  Call(false);
  EXPECT_EQ(Own()->ca_file, "");
  EXPECT_EQ(note_, "");
  Call(true);
  EXPECT_EQ(Own()->ca_file, "");
  EXPECT_THAT(note_, HasSubstr("--ca-file"));
}

TEST_F(OwnTargetTest, ABundleThatIsNoneIsNamed) {
  Call(true);
  variables_["AWS_CA_BUNDLE"] = dir_.Write("empty.pem", "no certificate\n");
  const auto target = Own();
  EXPECT_TRUE(absl::IsFailedPrecondition(target.status()));
  EXPECT_THAT(std::string(target.status().message()),
              HasSubstr(dir_.Path("empty.pem")));
  EXPECT_THAT(std::string(target.status().message()),
              HasSubstr("AWS_CA_BUNDLE"));
}

}  // namespace
}  // namespace invocator
