#include "coordinator/text/file_names.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace invocator {
namespace {

TEST(FileWordTest, KeepsWhatEverySystemTakes) {
  EXPECT_EQ(FileWord("a-B_c.9"), "a-B_c.9");
  EXPECT_EQ(FileWord("../a/b"), "_._a_b");
  EXPECT_EQ(FileWord(std::string("\0 \n\xC3\xA4", 5)), "_____");
  EXPECT_EQ(FileWord(""), "");
}

TEST(FileNamesTest, NumbersWhatIsTakenWhateverItsCase) {
  FileNames names;
  EXPECT_EQ(names.Next("a", ".csv"), "a.csv");
  EXPECT_EQ(names.Next("A", ".csv"), "A-2.csv");
  EXPECT_EQ(names.Next("a-2", ".csv"), "a-2-2.csv");
  EXPECT_EQ(names.Next("a", ".csv"), "a-3.csv");
  EXPECT_EQ(names.Next("a", ".json"), "a.json");
}

TEST(FileNamesTest, CutsLongNames) {
  FileNames names;
  const std::string first = names.Next(std::string(300, 'x'), ".csv");
  const std::string second = names.Next(std::string(299, 'x'), ".csv");
  EXPECT_EQ(first.size(), 204u);
  EXPECT_EQ(second.size(), 206u);
}

TEST(FileNamesTest, ManyEqualNamesTakeTheirNumbersTime) {
  FileNames names;
  std::set<std::string> all;
  for (int i = 0; i < 100'000; ++i) all.insert(names.Next("_", ".json"));
  EXPECT_EQ(all.size(), 100'000u);
}

}  // namespace
}  // namespace invocator
