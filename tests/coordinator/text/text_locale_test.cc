#include "coordinator/text/text_locale.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace invocator {
namespace {

bool IsUtf8With(const std::map<std::string, std::string>& variables) {
  return IsUtf8Locale([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  });
}

TEST(TextLocale, TheCodesetDecides) {
  EXPECT_TRUE(IsUtf8With({{"LANG", "de_DE.UTF-8"}}));
  EXPECT_TRUE(IsUtf8With({{"LANG", "C.utf8"}}));
  EXPECT_TRUE(IsUtf8With({{"LANG", "en_US.UTF8@euro"}}));
  EXPECT_FALSE(IsUtf8With({{"LANG", "de_DE.ISO-8859-1"}}));
  EXPECT_FALSE(IsUtf8With({{"LANG", "C"}}));
  EXPECT_FALSE(IsUtf8With({}));
}

TEST(TextLocale, TheFirstVariableThatIsNotEmptyDecides) {
  EXPECT_FALSE(IsUtf8With({{"LC_ALL", "C"}, {"LANG", "de_DE.UTF-8"}}));
  EXPECT_TRUE(IsUtf8With({{"LC_ALL", ""}, {"LC_CTYPE", "C.UTF-8"}}));
  EXPECT_TRUE(IsUtf8With(
      {{"LC_ALL", "C.UTF-8"}, {"LC_CTYPE", "POSIX"}, {"LANG", "C"}}));
  EXPECT_FALSE(IsUtf8With({{"LC_CTYPE", "POSIX"}, {"LANG", "C.UTF-8"}}));
}

}  // namespace
}  // namespace invocator
