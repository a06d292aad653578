#include "gateway/slowdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;

TEST(SlowdownTest, ReadsVersionsAndPercent) {
  const auto parsed = ParseSlowdowns(
      {"green=3%", "chameleon:7=-50%", "$LATEST=0.5%", "f:$LATEST=0%"});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  ASSERT_EQ(parsed->size(), 4u);
  EXPECT_EQ((*parsed)[0].function, "");
  EXPECT_EQ((*parsed)[0].version, "green");
  EXPECT_DOUBLE_EQ((*parsed)[0].factor, 1.03);
  EXPECT_EQ((*parsed)[1].function, "chameleon");
  EXPECT_EQ((*parsed)[1].version, "7");
  EXPECT_DOUBLE_EQ((*parsed)[1].factor, 0.5);
  EXPECT_EQ((*parsed)[2].version, "$LATEST");
  EXPECT_EQ((*parsed)[3].function, "f");
  EXPECT_DOUBLE_EQ((*parsed)[3].factor, 1);
}

TEST(SlowdownTest, RefusesWhatItCannotRead) {
  for (const char* text :
       {"", "green", "green=", "green=3", "green=%", "=3%", "green=x%",
        "green=nan%", "green=inf%", "green=-100%", "green=10001%", ":green=3%",
        "f:=3%", "f:g:h=3%", "a b=3%", "gr\x1b[31men=3%", "green=3%%"}) {
    const auto parsed = ParseSlowdowns({text});
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_THAT(std::string(parsed.status().message()),
                HasSubstr(absl::StrCat("'", text, "': expected ")));
  }
}

TEST(SlowdownTest, VersionNamedTwiceIsRefused) {
  EXPECT_TRUE(ParseSlowdowns({"green=3%", "f:green=3%", "g:green=3%"}).ok());
  const auto twice = ParseSlowdowns({"green=3%", "green=4%"});
  ASSERT_FALSE(twice.ok());
  EXPECT_THAT(std::string(twice.status().message()), HasSubstr("'green=4%'"));
}

TEST(SlowdownTest, TheFunctionsOwnComesBeforeThatOfEveryFunction) {
  for (const std::vector<std::string>& texts :
       {std::vector<std::string>{"green=3%", "f:green=50%"},
        std::vector<std::string>{"f:green=50%", "green=3%"}}) {
    const auto slowdowns = *ParseSlowdowns(texts);
    EXPECT_DOUBLE_EQ(SlowdownFactor(slowdowns, "f", "green"), 1.5);
    EXPECT_DOUBLE_EQ(SlowdownFactor(slowdowns, "g", "green"), 1.03);
    EXPECT_DOUBLE_EQ(SlowdownFactor(slowdowns, "f", "blue"), 1);
    EXPECT_DOUBLE_EQ(SlowdownFactor(slowdowns, "f", kLatestVersion), 1);
  }
}

}  // namespace
}  // namespace invocator
