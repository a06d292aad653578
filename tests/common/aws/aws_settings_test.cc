#include "common/aws/aws_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class AwsSettingsTest : public testing::Test {
 protected:
  AwsSettingsTest() { variables_["HOME"] = home_.path(); }

  AwsSettings Load(const std::string& profile_option = "") {
    return LoadAwsSettings(profile_option, [this](const char* name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? "" : found->second;
    });
  }

  TempDir home_;
  std::map<std::string, std::string> variables_;
};

TEST_F(AwsSettingsTest, FilesAreThoseOfTheHome) {
  home_.Write(".aws/config", "[profile dev]\nregion = a\n");
  home_.Write(".aws/credentials", "[dev]\naws_access_key_id = AKID\n");
  EXPECT_EQ(*FindProfile(Load(), "dev"),
            (AwsProfile{{"region", "a"}, {"aws_access_key_id", "AKID"}}));
}

TEST_F(AwsSettingsTest, VariablesNameOtherFiles) {
  home_.Write("c f", "[default]\nregion = a\n");
  home_.Write("keys", "[default]\naws_access_key_id = AKID\n");
  variables_["PLACE"] = home_.path();
  for (const char* path : {"~/c f", "$HOME/c f", "${PLACE}/c f"}) {
    variables_["AWS_CONFIG_FILE"] = path;
    variables_["AWS_SHARED_CREDENTIALS_FILE"] = "${HOME}/./keys";
    EXPECT_EQ(*FindProfile(Load(), "default"),
              (AwsProfile{{"region", "a"}, {"aws_access_key_id", "AKID"}}))
        << path;
  }
}

TEST_F(AwsSettingsTest, WhatIsNoVariableStaysInAPath) {
  for (const char* path :
       {"$", "a$", "$UNSET/a", "${HOME", "${}", "$-a", "a~"}) {
    variables_["AWS_CONFIG_FILE"] = path;
    EXPECT_EQ(Load().config_file, path);
  }
}

TEST_F(AwsSettingsTest, AbsentFilesAreNoError) {
  const AwsSettings settings = Load();
  EXPECT_TRUE(settings.files.ok());
  EXPECT_THAT(std::string(FindProfile(settings, "default").status().message()),
              AllOf(HasSubstr(home_.path() + "/.aws/config"),
                    HasSubstr(home_.path() + "/.aws/credentials")));
}

TEST_F(AwsSettingsTest, ABrokenFileIsAnErrorOfWhoeverNeedsIt) {
  home_.Write(".aws/config", "nonsense");
  variables_["AWS_REGION"] = "a";
  const AwsSettings settings = Load();
  EXPECT_EQ(FindProfile(settings, "default").status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(RegionInUse(settings), "a");
}

TEST_F(AwsSettingsTest, AFileThatMayNotBeReadCountsAsAbsent) {
  home_.Write(".aws/config", "[default]\nregion = a\n");
  home_.Write(".aws/credentials", "[default]\naws_access_key_id = AKID\n");
  ASSERT_EQ(chmod(home_.Path(".aws/credentials").c_str(), 0), 0);
  const bool is_root = geteuid() == 0;
  if (is_root) {  // who may read everything
    constexpr uid_t kNobody = 65534;
    for (const char* name : {"", ".aws", ".aws/config", ".aws/credentials"}) {
      ASSERT_EQ(chown(home_.Path(name).c_str(), kNobody, getegid()), 0);
    }
    ASSERT_EQ(seteuid(kNobody), 0);
  }
  const AwsSettings settings = Load();
  if (is_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_EQ(*FindProfile(settings, "default"), (AwsProfile{{"region", "a"}}));
  const absl::Status status = FindProfile(settings, "dev").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(home_.path() + "/.aws/credentials: cannot be opened"));
}

TEST_F(AwsSettingsTest, AFolderIsNoFile) {
  home_.Write(".aws/config/x", "");
  EXPECT_FALSE(Load().files.ok());
}

TEST_F(AwsSettingsTest, TheOptionGoesBeforeVariablesBeforeTheDefault) {
  EXPECT_EQ(Load().profile, "default");
  EXPECT_EQ(Load().profile_source, "");
  variables_["AWS_PROFILE"] = "one";
  EXPECT_EQ(Load().profile, "one");
  EXPECT_EQ(Load().profile_source, "AWS_PROFILE");
  variables_["AWS_DEFAULT_PROFILE"] = "two";
  EXPECT_EQ(Load().profile, "two");
  EXPECT_EQ(Load().profile_source, "AWS_DEFAULT_PROFILE");
  EXPECT_FALSE(Load().profile_is_option);
  EXPECT_EQ(Load("three").profile, "three");
  EXPECT_TRUE(Load("three").profile_is_option);
  EXPECT_EQ(Load("three").profile_source, "--profile");
}

TEST_F(AwsSettingsTest, AProfileThatIsNamedHasToBeThere) {
  const auto words = [this](const std::string& option) {
    const absl::Status status = CheckProfile(Load(option));
    EXPECT_EQ(status.code(), status.ok()
                                 ? absl::StatusCode::kOk
                                 : absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  };
  EXPECT_EQ(words(""), "") << "no files, and the profile that nobody named";
  // Also this one, as botocore has it.
  EXPECT_THAT(words("default"), HasSubstr("profile default could not be"));
  home_.Write(".aws/config", "[default]\n[profile x]\n");
  home_.Write(".aws/credentials", "[y]\n");
  EXPECT_EQ(words("default"), "");
  EXPECT_EQ(words("x"), "");
  EXPECT_EQ(words("y"), "");
  EXPECT_THAT(words("z"),
              AllOf(HasSubstr("profile z could not be found (--profile): "),
                    HasSubstr(home_.path() + "/.aws/config")));
  variables_["AWS_PROFILE"] = "w\x1b";
  EXPECT_THAT(words(""), HasSubstr("w\ufffd could not be found (AWS_PROFILE)"));
  EXPECT_EQ(words("x"), "");
  home_.Write(".aws/credentials", "nonsense");
  EXPECT_THAT(words("x"), HasSubstr("/.aws/credentials:1: "));
}

TEST_F(AwsSettingsTest, RegionsOfVariablesGoBeforeTheProfiles) {
  home_.Write(".aws/config", "[default]\nregion = a\n[profile x]\nregion=b\n");
  EXPECT_EQ(RegionInUse(Load()), "a");
  EXPECT_EQ(RegionInUse(Load("x")), "b");
  EXPECT_EQ(RegionInUse(Load("missing")), "");
  variables_["AWS_DEFAULT_REGION"] = "c";
  EXPECT_EQ(RegionInUse(Load()), "c");
  variables_["AWS_REGION"] = "d";
  EXPECT_EQ(RegionInUse(Load()), "d");
}

TEST_F(AwsSettingsTest, EndpointsOfOneServiceGoBeforeThoseOfAll) {
  home_.Write(".aws/config",
              "[default]\nregion = a\n"
              "[profile p]\nservices = s\nendpoint_url = http://profile\n"
              "[services s]\nsts =\n  endpoint_url = http://section/x/\n");
  const auto in_use = [&](const char* service) {
    const auto found = EndpointInUse(Load("p"), service);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(ConfiguredEndpoint());
  };
  EXPECT_EQ(EndpointInUse(Load(), "sts")->url, "");
  EXPECT_EQ(EndpointInUse(Load(), "sts")->source, "");
  EXPECT_EQ(in_use("lambda").url, "http://profile");
  EXPECT_EQ(in_use("lambda").source, "the profile's endpoint_url");
  EXPECT_EQ(in_use("sts").url, "http://section/x");
  EXPECT_EQ(in_use("sts").source,
            "[services s] of " + home_.path() + "/.aws/config");
  variables_["AWS_ENDPOINT_URL"] = "http://All/";
  EXPECT_EQ(in_use("sts").url, "http://all");
  EXPECT_EQ(in_use("sts").source, "AWS_ENDPOINT_URL");
  variables_["AWS_ENDPOINT_URL_STS"] = "http://sts";
  EXPECT_EQ(in_use("sts").url, "http://sts");
  EXPECT_EQ(in_use("sts").source, "AWS_ENDPOINT_URL_STS");
  EXPECT_EQ(in_use("lambda").url, "http://all");
}

TEST_F(AwsSettingsTest, ConfiguredEndpointsAreIgnoredWhereThatIsSaid) {
  home_.Write(".aws/config",
              "[profile p]\nendpoint_url = http://profile\n"
              "ignore_configured_endpoint_urls = True\n");
  const auto url = [&](const char* variable) {
    variables_["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = variable;
    return EndpointInUse(Load("p"), "lambda")->url;
  };
  EXPECT_EQ(url(""), "");
  EXPECT_EQ(url("false"), "http://profile");
  variables_["AWS_ENDPOINT_URL_LAMBDA"] = "http://own";
  EXPECT_EQ(url("TRUE"), "");
  EXPECT_EQ(url("1"), "http://own");
}

TEST_F(AwsSettingsTest, ServicesSectionsAreReadAsNestedLines) {
  const struct {
    const char* config;
    const char* url;
  } kRows[] = {
      {"[services s]\nlambda =\n  endpoint_url = http://l\n", "http://l"},
      {"[services \"s\"]\nLambda=\n\tx=1\n\tendpoint_url=http://l # ours\n",
       "http://l"},
      {"[ services  s ]\nsts =\n  endpoint_url = http://s\nlambda =\n"
       "  a = b\n\n  # no line\n  endpoint_url = http://l\n",
       "http://l"},
      {"[services s]\nlambda =\n  endpoint_url = http://k\n"
       "[services s]\nlambda =\n  endpoint_url = http://l\n",
       "http://l"},
      {"[services s]\n  lambda =\n   endpoint_url =\n", "http://p"},
      // Not nested, of another service, or of another section.
      {"[services s]\nendpoint_url = http://l\n", "http://p"},
      {"[services s]\nsts =\n  endpoint_url = http://l\n", "http://p"},
      {"[services s]\n[services t]\nlambda =\n  endpoint_url = http://l\n",
       "http://p"},
  };
  for (const auto& [config, url] : kRows) {
    home_.Write(".aws/config",
                std::string(config) +
                    "[default]\nservices = s\nendpoint_url = http://p\n");
    const auto found = EndpointInUse(Load(), "lambda");
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->url, url) << config;
  }
}

TEST_F(AwsSettingsTest, AWrongEndpointIsNamedWithItsSource) {
  home_.Write(".aws/config", "[default]\nservices = s\nendpoint_url = b\n");
  const auto message = [&] {
    const absl::Status status = EndpointInUse(Load(), "lambda").status();
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    return std::string(status.message());
  };
  EXPECT_THAT(message(), HasSubstr("/.aws/config has no section [services s]"));
  home_.Write(".aws/config", "[default]\nendpoint_url = b\n");
  EXPECT_THAT(message(), HasSubstr("the profile's endpoint_url: \"b\" is not"));
  variables_["AWS_ENDPOINT_URL"] = "ftp://a";
  EXPECT_THAT(message(), HasSubstr("AWS_ENDPOINT_URL: \"ftp://a\" is not"));
}

TEST_F(AwsSettingsTest, AServiceWithoutNestedLinesIsAnError) {
  // AWS's tools refuse them; a call must not go to AWS instead.
  for (const char* lines :
       {"lambda =\nendpoint_url = http://l\n", "lambda = http://l\n",
        "lambda =\n", "lambda = endpoint_url = http://l\n",
        "lambda =\n  endpoint_url : http://l\n", "lambda = x\n  a = b\n"}) {
    home_.Write(".aws/config",
                absl::StrCat("[default]\nservices = s\n[services s]\n", lines));
    const absl::Status status = EndpointInUse(Load(), "lambda").status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << lines;
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("[services s] of " + home_.path()),
                      HasSubstr("lambda: expected indented lines below it")));
    EXPECT_TRUE(EndpointInUse(Load(), "sts").ok()) << lines;
  }
}

TEST_F(AwsSettingsTest, CertificatesOfTheVariableGoBeforeTheProfiles) {
  EXPECT_EQ(CaFileOf(Load(), {{"ca_bundle", "a"}}), "a");
  variables_["AWS_CA_BUNDLE"] = "b";
  EXPECT_EQ(CaFileOf(Load(), {{"ca_bundle", "a"}}), "b");
}

}  // namespace
}  // namespace invocator
