#include "coordinator/web/shown_workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Json Shown(const std::string& text) { return ShownWorkload(Json::parse(text)); }

TEST(ShownWorkload, ShowsWhatIsPlayed) {
  const std::string text = R"({
    "test_name": "t", "test_duration_in_seconds": 12.0, "random_seed": 7,
    "blocking_cli": false, "warmup_in_seconds": 2.0,
    "arrival_rng": "independent",
    "thresholds": ["ok > 99%", {"check": "ok > 50%", "abort": true,
                                "after_in_seconds": 10}],
    "instances": {"f": {
      "application": "f", "memory_size": 256, "expected_duration_ms": 20,
      "distribution": "Poisson", "rate": 200.0, "activity_window": [0, 12],
      "interarrivals_list": [0.1, 0.2], "invoker": "api_gateway",
      "qualifier": "1", "invocation_type": "Event",
      "url": "https://h/f", "host": "h", "stage": "", "resource": "/prod/f",
      "auth": "iam", "region": "us-east-1", "service": "execute-api",
      "method": "POST", "headers": {}, "timeout_in_seconds": 5.0,
      "cold_start_from": "header:x-cold", "expect": {"status": [200, 404]},
      "thresholds": []}}})";
  EXPECT_EQ(Shown(text), Json::parse(text));
}

TEST(ShownWorkload, ShowsShapes) {
  const std::string text = R"({"instances": {
    "points": {"rate": [[0, 1], [5, 2.5]], "distribution": {"Gamma": {"cv": 3}},
               "spikes": [[1, 500]]},
    "repeated": {"rate": {"points": [[0, 1]], "every_in_seconds": 60},
                 "distribution": {"Pareto": {"alpha": 1.5}},
                 "bursts": {"rate": 2, "mean_on_in_seconds": 1,
                            "mean_off_in_seconds": 30}},
    "file": {"arrivals": {"bin_in_seconds": 60, "within_bin": "even",
                          "speed": 2, "thin": 0.5}}}})";
  EXPECT_EQ(Shown(text), Json::parse(text));
}

TEST(ShownWorkload, ShowsVersionsAndHidesTheirSecrets) {
  const std::string text = R"({"instances": {"x": {
    "rate": 5, "pairing": "both", "versions": {
      "a": {"qualifier": "blue", "thresholds": ["ok > 99%"]},
      "b": {"url": "http://h/f"}}}}})";
  EXPECT_EQ(Shown(text), Json::parse(text));
  const Json shown = Shown(R"({"instances": {"x": {"versions": {
      "a": {"headers": {"k": "SECRET"}, "data": "SECRET",
            "url": "http://h/?q=SECRET"},
      "b": "SECRET"}, "pairing": ["SECRET"]}}})");
  EXPECT_THAT(shown.dump(), Not(HasSubstr("SECRET")));
  EXPECT_EQ(shown["instances"]["x"]["versions"].size(), 2u);
}

// Everything that may hold a secret, each with its value.
TEST(ShownWorkload, HidesEverySecret) {
  const Json shown = Shown(R"({
    "test_name": "t",
    "_comment": "SECRET",
    "a_later_key": {"SECRET_KEY": "SECRET"},
    "random_seed": "SECRET",
    "thresholds": [{"check": "ok > 1%", "why": "SECRET"}],
    "instances": {"f": {
      "headers": {"x-api-key": "SECRET", "from-env": {"env": "SECRET"}},
      "data": {"card": "SECRET", "more": ["SECRET"]},
      "payload": "payloads/SECRET.json",
      "param_file": "SECRET.json",
      "url": "https://user:SECRET@host:8443/path?name=SECRET&SECRET&b=SECRET#SECRET",
      "resource": "f?token=SECRET",
      "stage": "prod?SECRET",
      "host": "SECRET@host",
      "application": {"SECRET": 1},
      "rate": ["SECRET"],
      "distribution": {"Gamma": "SECRET", "Pareto": {"alpha": "SECRET"}},
      "bursts": {"rate": ["SECRET"]},
      "spikes": [[1, "SECRET"]],
      "arrivals": {"counts": "SECRET.csv", "column": "SECRET",
                   "speed": "SECRET"},
      "activity_window": ["SECRET"],
      "interarrivals_list": [0.1, "SECRET"],
      "expect": {"status": ["SECRET"], "body": "SECRET"},
      "_comment": "SECRET",
      "another_later_key": ["SECRET", "SECRET", "SECRET"]},
     "g": "SECRET"}})");
  EXPECT_THAT(shown.dump(), Not(HasSubstr("SECRET")));
  const Json& f = shown["instances"]["f"];
  EXPECT_EQ(f["headers"]["x-api-key"], "(hidden)");
  EXPECT_EQ(f["headers"]["from-env"], "(1 member)");
  EXPECT_EQ(
      f["url"],
      "https://(hidden)@host:8443/path?name=(hidden)&(hidden)&b=(hidden)");
  EXPECT_EQ(f["resource"], "f?token=(hidden)");
  EXPECT_EQ(f["data"], "(2 members)");
  EXPECT_EQ(f["payload"], "(hidden)");
  EXPECT_EQ(f["another_later_key"], "(3 values)");
  EXPECT_EQ(shown["instances"]["g"], "(hidden)");
}

TEST(ShownWorkload, CutsWhatIsLong) {
  Json workload = {{"test_name", "t"}, {"instances", Json::object()}};
  for (size_t i = 0; i < kMostShownInstances + 5; ++i) {
    workload["instances"][absl::StrCat("f", i)] = {
        {"interarrivals_list", std::vector<double>(1'000, 0.5)}};
  }
  const Json shown = ShownWorkload(workload);
  EXPECT_EQ(shown["instances"].size(), kMostShownInstances);
  EXPECT_EQ(shown["instances"]["f0"]["interarrivals_list"], "(1000 values)");
  EXPECT_EQ(shown["instances_left_out"], 5);
}

TEST(ShownWorkload, OfNoObjectIsNull) {
  EXPECT_EQ(Shown("[1]"), Json());
  EXPECT_EQ(Shown("null"), Json());
  EXPECT_EQ(Shown(R"({"instances": 3})")["instances"], "(hidden)");
}

TEST(ShownUrl, KeepsAddressAndNames) {
  EXPECT_EQ(ShownUrl("http://127.0.0.1:9000/"), "http://127.0.0.1:9000/");
  EXPECT_EQ(ShownUrl("https://[::1]:1/a@b/c?x="),
            "https://[::1]:1/a@b/c?x=(hidden)");
  EXPECT_EQ(ShownUrl("/prod/me@home"), "/prod/me@home");
  EXPECT_EQ(ShownUrl("f?"), "f?");
  EXPECT_EQ(ShownUrl("f?a=b=c&&d"), "f?a=(hidden)&&(hidden)");
  EXPECT_EQ(ShownUrl("https://a:b@c@host"), "https://(hidden)@host");
  EXPECT_EQ(ShownUrl(""), "");
}

}  // namespace
}  // namespace invocator
