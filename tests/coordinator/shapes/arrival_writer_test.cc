#include "coordinator/shapes/arrival_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/arrivals/arrival_stream.h"
#include "coordinator/text/text_file.h"
#include "coordinator/workload/workload.h"
#include "coordinator/workload/workload_writer.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using ::testing::ElementsAre;

constexpr char kWorkload[] = R"({
    "test_name": "shapes", "test_duration_in_seconds": 20, "random_seed": 7,
    "mix": {"rate": {"mean": 9, "amplitude": 4, "period_in_seconds": 6},
            "zipf": 1.1},
    "instances": {
        "a/points": {"url": "http://h/", "distribution": {"Gamma": {"cv": 3}},
                     "rate": [[0, 1], [10, 40.1], [10, 3]],
                     "activity_window": [1, 15], "spikes": [[5, 7], [2, 1]]},
        "repeated": {"url": "http://h/", "distribution": {"Weibull": {"cv": 2}},
                     "rate": {"points": [[0, 9], [2, 30]],
                              "every_in_seconds": 3.7}},
        "mixed": {"url": "http://h/", "distribution": {"Lognormal": {"cv": 2}}},
        "mixed too": {"url": "http://h/", "bursts": {"rate": 60.6,
                      "mean_on_in_seconds": 1.1, "mean_off_in_seconds": 2}},
        "pareto": {"url": "http://h/", "rate": 5,
                   "distribution": {"Pareto": {"alpha": 1.5}}},
        "spikes": {"url": "http://h/", "rate": 0, "distribution": "Uniform",
                   "spikes": [[3, 9]]},
        "A b": {"url": "http://h/", "arrivals": {"counts": "c.csv",
                "bin_in_seconds": 3, "speed": 1.5, "thin": 0.7}},
        "a_b": {"url": "http://h/", "arrivals": {"counts": "c.csv",
                "bin_in_seconds": 3, "within_bin": "even"},
                "activity_window": [2, 9]},
        "../up": {"url": "http://h/", "arrivals": {"timestamps": "t.csv",
                  "column": "at", "unit": "ms", "speed": 0.5, "thin": 0.8,
                  "start_in_seconds": 100}, "spikes": [[0, 2]]},
    },
})";

class ArrivalWriterTest : public ::testing::Test {
 protected:
  ArrivalWriterTest() {
    dir_.Write("w.json", kWorkload);
    dir_.Write("c.csv", "count\n5\n0\n70\n9\n9\n");
    std::string stamps = "at\n";
    for (int i = 0; i < 300; ++i) {
      absl::StrAppend(&stamps, 100'000 + (i * 7919) % 9000, ".125\n");
    }
    dir_.Write("t.csv", stamps);
    std::filesystem::create_directory(dir_.Path("run"));
  }

  Plan Load(const std::string& name) {
    absl::StatusOr<LoadedWorkload> workload =
        LoadWorkload(dir_.Path(name),
                     {.default_region = "", .draw_seed = [] { return 1u; }});
    EXPECT_TRUE(workload.ok()) << workload.status().message();
    return workload.ok() ? workload->plan : Plan();
  }

  static std::vector<int64_t> Times(const ArrivalSpec& spec) {
    std::vector<int64_t> times;
    const auto stream = MakeArrivalStream(spec);
    while (const auto arrival = stream->Next()) {
      times.push_back(arrival->scheduled_ns);
    }
    return times;
  }

  TempDir dir_;
};

TEST_F(ArrivalWriterTest, AWrittenWorkloadNeedsNoOtherFilesAndPlaysTheSame) {
  const Plan plan = Load("w.json");
  ASSERT_TRUE(WriteResolvedWorkload(plan, dir_.Path("run")).ok());
  std::filesystem::remove(dir_.Path("c.csv"));
  std::filesystem::remove(dir_.Path("t.csv"));
  const Plan again = Load("run/workload.json");
  ASSERT_EQ(again.instances.size(), plan.instances.size());
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const ArrivalSpec& spec = plan.instances[i].arrivals;
    const std::vector<int64_t> times = Times(spec);
    EXPECT_GT(times.size(), 0u) << plan.instances[i].name;
    EXPECT_EQ(Times(again.instances[i].arrivals), times)
        << plan.instances[i].name;
    // Timestamps apart, which are another tape.
    if (spec.kind != ArrivalKind::kTimestamps) {
      EXPECT_EQ(again.instances[i].arrivals, spec) << plan.instances[i].name;
    }
  }
}

TEST_F(ArrivalWriterTest, FilesAreNamedAfterTheirInstances) {
  const Plan plan = Load("w.json");
  std::vector<const ArrivalSpec*> specs;
  for (const InstancePlan& instance : plan.instances) {
    specs.push_back(&instance.arrivals);
  }
  EXPECT_THAT(ArrivalFileNames(specs),
              ElementsAre("", "", "", "", "", "", "arrivals/A_b.csv",
                          "arrivals/a_b-2.csv", "arrivals/_._up.csv"));
}

TEST_F(ArrivalWriterTest, FilesAreForTheirOwner) {
  ASSERT_TRUE(WriteResolvedWorkload(Load("w.json"), dir_.Path("run")).ok());
  EXPECT_TRUE(IsPrivateFile(dir_.Path("run/arrivals/A_b.csv")));
  EXPECT_EQ(*ReadTextFile(dir_.Path("run/arrivals/A_b.csv"), 1000),
            "count\n5\n0\n70\n9\n9\n");
}

}  // namespace
}  // namespace invocator
