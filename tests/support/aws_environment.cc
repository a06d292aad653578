// No unit test reads the AWS settings of whoever runs it, or looks for the
// metadata service of an EC2 instance.
#include <gtest/gtest.h>
#include <stdlib.h>

namespace invocator {
namespace {

class NoAwsSettings final : public testing::Environment {
 public:
  void SetUp() override {
    for (const char* name :
         {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
          "AWS_CONTAINER_CREDENTIALS_FULL_URI"}) {
      unsetenv(name);
    }
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("AWS_CONFIG_FILE", "/dev/null", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
  }
};

[[maybe_unused]] const testing::Environment* const kEnvironment =
    testing::AddGlobalTestEnvironment(new NoAwsSettings);

}  // namespace
}  // namespace invocator
