#include "coordinator/memory/memory_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <string>

#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using State = MemoryChange::State;

constexpr char kArn[] = "arn:aws:lambda:us-west-1:123456789012:function:f";
const MemoryChange kF{{"f", "us-west-1"}, kArn, 128, 256};
const MemoryChange kG{{"g", "eu-west-1"}, "", 512, 1024};

TEST(MemoryJournalTest, IsOnTheDiskAfterEveryStep) {
  const TempDir dir;
  MemoryJournal journal(dir.path(), "http://127.0.0.1:9000");
  EXPECT_FALSE(std::filesystem::exists(dir.Path("memory.json")));
  ASSERT_TRUE(journal.Record(kF).ok());
  EXPECT_EQ(MemoryJournal::Read(dir.path())->changes().size(), 1u);
  EXPECT_EQ(MemoryJournal::Read(dir.path())->changes()[0].state,
            State::kChanging);
  ASSERT_TRUE(journal.Record(kG).ok());
  ASSERT_TRUE(journal.SetState(kF.function, State::kRestored).ok());
  ASSERT_TRUE(journal.SetState(kG.function, State::kChanged).ok());
  const auto read = MemoryJournal::Read(dir.path());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->changes(), journal.changes());
  EXPECT_EQ(read->endpoint_url(), "http://127.0.0.1:9000");
  EXPECT_TRUE(read->is_pending());
  ASSERT_TRUE(journal.SetState(kG.function, State::kLeft).ok());
  EXPECT_FALSE(MemoryJournal::Read(dir.path())->is_pending());
  const std::filesystem::directory_iterator files(dir.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(MemoryJournalTest, KeepsOneChangeOfAFunction) {
  const TempDir dir;
  MemoryJournal journal(dir.path(), "");
  ASSERT_TRUE(journal.Record(kF).ok());
  MemoryChange again = kF;
  again.before_mb = 3008;
  ASSERT_TRUE(journal.Record(again).ok());
  EXPECT_THAT(MemoryJournal::Read(dir.path())->changes(), ElementsAre(again));
  EXPECT_EQ(*journal.Find(kF.function), again);
  EXPECT_EQ(journal.Find(kG.function), nullptr);
}

TEST(MemoryJournalTest, FunctionsMayBeOfOtherPlaces) {
  const TempDir dir;
  MemoryJournal journal(dir.path(), "http://localhost:1");
  MemoryChange there = kF;
  there.function.endpoint_url = "http://localhost:2/x";
  ASSERT_TRUE(journal.Record(there).ok());
  ASSERT_TRUE(journal.Record(kG).ok());
  auto read = MemoryJournal::Read(dir.path());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->endpoint_url(), "http://localhost:1");
  EXPECT_EQ(read->changes()[0].function.endpoint_url, "http://localhost:2/x");
  EXPECT_EQ(read->changes()[1].function.endpoint_url, "");
  read->MoveTo("http://option");
  EXPECT_EQ(read->endpoint_url(), "http://option");
  EXPECT_EQ(read->changes()[0].function.endpoint_url, "");
}

// What is changed says no more than that it was begun.
TEST(MemoryJournalTest, Version1IsRead) {
  const TempDir dir;
  dir.Write("memory.json",
            R"({"schema_version":1,"endpoint_url":"","functions":[
               {"application":"f","region":"us-west-1","before_mb":128,
                "set_mb":256,"state":"changed"},
               {"application":"g","region":"us-west-1","before_mb":128,
                "set_mb":256,"state":"restored"}]})");
  const auto read = MemoryJournal::Read(dir.path());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(
      read->changes(),
      ElementsAre(
          MemoryChange{{"f", "us-west-1"}, "", 128, 256, State::kChanging},
          MemoryChange{{"g", "us-west-1"}, "", 128, 256, State::kRestored}));
}

TEST(MemoryJournalTest, WhatCannotBeWrittenIsNoChange) {
  MemoryJournal journal("/nonexistent/folder", "");
  const absl::Status status = journal.Record(kF);
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("/nonexistent/folder/memory.json"));
  EXPECT_TRUE(journal.changes().empty());
}

TEST(MemoryJournalTest, FolderWithoutOneIsNotFound) {
  const TempDir dir;
  EXPECT_TRUE(absl::IsNotFound(MemoryJournal::Read(dir.path()).status()));
}

// Stand-ins for AWS have such sizes.
TEST(MemoryJournalTest, ASizeThatOnlyAStandInHasIsReadBack) {
  const TempDir dir;
  dir.Write("memory.json",
            R"({"schema_version":2,"endpoint_url":"","functions":[
               {"application":"f","region":"us-west-1",
                "before_mb":64,"set_mb":128,"state":"changed"}]})");
  const auto journal = MemoryJournal::Read(dir.path());
  ASSERT_TRUE(journal.ok()) << journal.status();
  EXPECT_EQ(journal->changes()[0].before_mb, 64u);
}

TEST(MemoryJournalTest, WhatNoRunWroteIsRefusedByPlace) {
  constexpr char kGood[] =
      R"({"schema_version":2,"endpoint_url":"","functions":[
         {"application":"f","region":"us-west-1","function_arn":"arn:aws:x",
          "before_mb":128,"set_mb":256,"state":"changed"}]})";
  const TempDir dir;
  dir.Write("memory.json", kGood);
  ASSERT_TRUE(MemoryJournal::Read(dir.path()).ok());
  const struct {
    const char* part;
    const char* instead;
    const char* words;
  } kRows[] = {
      {kGood, "", "memory.json"},
      {kGood, "[]", "expected an object"},
      {"\"schema_version\":2", "\"schema_version\":3", "schema_version"},
      {"\"schema_version\":2", "\"schema_version\":0", "schema_version"},
      {"\"endpoint_url\":\"\"", "\"endpoint_url\":\"file:///etc\"",
       "endpoint_url"},
      {"\"functions\"", "\"function\"", "functions"},
      {"\"f\"", "\"../../f\"", "functions[0].application"},
      {"us-west-1", "us west/1", "functions[0].region"},
      {"128", "0", "functions[0].before_mb"},
      {"256", "\"256\"", "functions[0].set_mb"},
      {"changed", "gone", "functions[0].state"},
      {"\"arn:aws:x\"", "1", "functions[0].function_arn"},
      {"[", R"([{"application":"f","region":"us-west-1","before_mb":128,
                "set_mb":256,"state":"changed"},)",
       "functions[1].application: expected every function once"},
      {"\"state\"", "\"more\":1,\"state\"", "functions[0].more"},
  };
  for (const auto& [part, instead, words] : kRows) {
    std::string text = kGood;
    text.replace(text.find(part), std::string(part).size(), instead);
    dir.Write("memory.json", text);
    const auto read = MemoryJournal::Read(dir.path());
    EXPECT_TRUE(absl::IsInvalidArgument(read.status())) << text;
    EXPECT_THAT(std::string(read.status().message()), HasSubstr(words));
  }
}

}  // namespace
}  // namespace invocator
