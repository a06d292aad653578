#include "coordinator/trace/trace_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "coordinator/text/text_file.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

class TraceWriterTest : public testing::Test {
 protected:
  TraceWriterTest() {
    onto_.top = {{"test_name", "t"}, {"random_seed", 7}};
    const Json entry = {{"url", "http://127.0.0.1:1/"}, {"auth", "none"}};
    onto_.instances = {{"quick", entry, 5}, {"slow", entry, 5'000}};
    workload_.format = "azure2019";
    workload_.sources = {{"day\x1b[2J.csv", 12, "ab"}};
    workload_.window = {.start_s = 60, .minutes = 2};
    workload_.seed = 3;
    workload_.options = {{"pick", "busiest"}};
    workload_.functions = {{"o/a/f", 17, 12, 4'000.0, 1, true, {10, 2}},
                           {"o/a/\xff", 2, 3, std::nullopt, 0, false, {0, 3}}};
    workload_.peak_per_s = 0.25;
    workload_.dropped = {{"functions not picked", 9}};
  }

  std::string Write(const std::string& folder) {
    return std::string(WriteTracedWorkload(onto_, workload_, folder).message());
  }
  std::string TextOf(const std::string& name) {
    return ReadTextFile(dir_.Path(name), 100'000).value_or("");
  }

  TempDir dir_;
  TraceTemplate onto_;
  TracedWorkload workload_;
};

TEST_F(TraceWriterTest, EveryFunctionBecomesAnInstance) {
  EXPECT_EQ(
      WorkloadJson(onto_, workload_).dump(),
      R"({"test_name":"t","random_seed":7,"test_duration_in_seconds":120,)"
      R"("instances":{)"
      R"("slow-1":{"url":"http://127.0.0.1:1/","auth":"none","arrivals":)"
      R"({"counts":"counts/slow-1.csv","bin_in_seconds":60}},)"
      R"("quick-2":{"url":"http://127.0.0.1:1/","auth":"none","arrivals":)"
      R"({"counts":"counts/quick-2.csv","bin_in_seconds":60}}}})");
}

TEST_F(TraceWriterTest, RanksArePaddedAndThinIsWrittenIfThereIsSome) {
  workload_.functions.resize(10, workload_.functions[1]);
  workload_.thin = 0.25;
  const Json json = WorkloadJson(onto_, workload_);
  EXPECT_EQ(json["instances"]["slow-01"]["arrivals"]["thin"], 0.25);
  EXPECT_TRUE(json["instances"].contains("quick-10"));
}

TEST_F(TraceWriterTest, TraceSaysHowItWasMade) {
  EXPECT_EQ(
      TraceJson(onto_, workload_).dump(),
      "{\"format\":\"azure2019\",\"sources\":[{\"file\":\"day\xEF\xBF\xBD[2J."
      "csv\","
      R"("bytes":12,"sha256":"ab"}],)"
      R"("window":{"start_s":60,"minutes":2,"bin_in_seconds":60},)"
      R"("options":{"pick":"busiest"},"seed":3,"peak_per_s":0.25,"thin":1.0,)"
      R"("dropped":{"functions not picked":9},"functions":[)"
      R"({"instance":"slow-1","template":"slow","function":"o/a/f","row":17,)"
      R"("calls":12,"duration_ms":4000.0,"mapped":"by duration"},)"
      R"({"instance":"quick-2","template":"quick","function":"o/a/)"
      "\xEF\xBF\xBD"
      R"(","row":2,"calls":3,"duration_ms":null,"mapped":"in turn"}]})");
}

TEST_F(TraceWriterTest, FolderIsCompleteAndLoads) {
  onto_.payloads = {{"payloads/p.json", "{}"}, {"payloads/unused.json", "1"}};
  for (TemplateInstance& instance : onto_.instances) {
    instance.entry["payload"] = "payloads/p.json";
  }
  EXPECT_EQ(Write(dir_.Path("new/folder")), "");
  EXPECT_EQ(TextOf("new/folder/counts/slow-1.csv"), "count\n10\n2\n");
  EXPECT_EQ(TextOf("new/folder/counts/quick-2.csv"), "count\n0\n3\n");
  EXPECT_EQ(TextOf("new/folder/payloads/p.json"), "{}");
  EXPECT_FALSE(
      std::filesystem::exists(dir_.Path("new/folder/payloads/unused.json")));
  EXPECT_NE(TextOf("new/folder/workload.json"), "");
  EXPECT_NE(TextOf("new/folder/trace.json"), "");
}

TEST_F(TraceWriterTest, NamesOfFilesAreNoPaths) {
  onto_.instances[0].name = "../a/\xC3\xBC";
  onto_.instances[1].name = std::string(250, 'x');
  EXPECT_EQ(Write(dir_.Path("out")), "");
  std::vector<std::string> files;
  for (const auto& file : fs::directory_iterator(dir_.Path("out/counts"))) {
    files.push_back(file.path().filename().string());
  }
  EXPECT_THAT(files, testing::UnorderedElementsAre(
                         "_._a___-2.csv", std::string(198, 'x') + "-1.csv"));
}

TEST_F(TraceWriterTest, NothingIsWrittenOverAndNothingIsLeftOfFailures) {
  const std::string kept = dir_.Write("full/a", "kept");
  EXPECT_THAT(Write(dir_.Path("full")),
              EndsWith("full: is not empty; workloads are never written over "
                       "other files"));
  EXPECT_THAT(Write(kept), EndsWith("is a file, expected a new folder"));
  EXPECT_EQ(TextOf("full/a"), "kept");

  onto_.instances[0].entry["rate_of"] = 1;
  EXPECT_THAT(Write(dir_.Path("bad")), HasSubstr("quick-2"));
  EXPECT_FALSE(fs::exists(dir_.Path("bad")));
  fs::create_directory(dir_.Path("empty"));
  EXPECT_NE(Write(dir_.Path("empty")), "");
  EXPECT_TRUE(fs::is_empty(dir_.Path("empty")));
}

TEST_F(TraceWriterTest, FilesAreAsPrivateAsTheTemplate) {
  onto_.is_private = true;
  EXPECT_EQ(Write(dir_.Path("out")), "");
  for (const char* name : {"workload.json", "counts/slow-1.csv"}) {
    struct stat status = {};
    ASSERT_EQ(::stat((dir_.Path("out/") + name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
}

}  // namespace
}  // namespace invocator
