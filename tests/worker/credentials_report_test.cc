#include "worker/credentials_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

ChosenCredentials Chosen(std::string token) {
  ChosenCredentials chosen;
  chosen.source.name = "keys of profile dev";
  chosen.found.credentials = {"AKIAIOSFODNN7EXAMPLE", "hush", token};
  return chosen;
}

TEST(CredentialsReportTest, LongTermKeysNeverExpire) {
  EXPECT_EQ(CredentialsReport(Chosen(""), "eu-west-1", kNow),
            "source:  keys of profile dev\n"
            "key id:  AKIA...MPLE\n"
            "expires: never\n"
            "region:  eu-west-1\n");
}

TEST(CredentialsReportTest, TemporaryOnesSayHowLongTheyAreGood) {
  ChosenCredentials chosen = Chosen("hush");
  EXPECT_THAT(CredentialsReport(chosen, "", kNow),
              HasSubstr("expires: unknown\nregion:  none set\n"));
  chosen.found.expires_at = kNow + absl::Minutes(59) + absl::Milliseconds(500);
  const std::string report = CredentialsReport(chosen, "", kNow);
  EXPECT_THAT(report, HasSubstr("with a session token\nexpires: "
                                "2023-11-14T23:12:20+00:00, in 59m\n"));
  EXPECT_THAT(report, Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace invocator
