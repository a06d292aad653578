#include "worker/setup/allowed_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/plans.h"

namespace invocator {
namespace {

using testing::AllOf;
using testing::HasSubstr;

AllowedHosts Only(const std::vector<std::string>& patterns) {
  auto allowed = AllowedHosts::Create(patterns);
  EXPECT_TRUE(allowed.ok()) << allowed.status();
  return *std::move(allowed);
}

bool Allows(const std::string& pattern, const std::string& target) {
  return Only({pattern}).Allow(*ParseAddress(target));
}

TEST(AllowedHostsTest, WithoutPatternsEverythingIsAllowed) {
  EXPECT_TRUE(AllowedHosts().Allow({"anything", 1}));
  EXPECT_TRUE(Only({}).Allow({"anything", 1}));
  const Plan plan = PlanOf({ListInstance("f", {1}, 2)}, 2);
  EXPECT_TRUE(AllowedHosts().Check(plan, "").ok());
}

TEST(AllowedHostsTest, PatternsMatchTheWholeHost) {
  struct Row {
    const char* pattern;
    const char* target;
    bool allowed;
  };
  for (const Row& row : {
           Row{"a.example", "a.example:443", true},
           Row{"A.Example", "a.example:443", true},
           Row{"a.example", "b.a.example:443", false},
           Row{"a.example", "a.example.evil:443", false},
           Row{"*.example", "a.example:443", true},
           Row{"*.example", "a.b.example:443", true},
           Row{"*.example", "example:443", false},
           Row{"*.example", "a.example.evil:443", false},
           Row{"*.execute-api.*.amazonaws.com",
               "x1.execute-api.us-east-1.amazonaws.com:443", true},
           Row{"*.execute-api.*.amazonaws.com",
               "x1.s3.us-east-1.amazonaws.com:443", false},
           Row{"*a*b*", "xxaxxbxx:443", true},
           Row{"*a*b*", "xxbxxaxx:443", false},
           Row{"*aab", "aaaab:443", true},
           Row{"a?c", "abc:443", true},
           Row{"a?c", "ac:443", false},
           Row{"*", "anything:1", true},
           Row{"10.0.0.1", "10.0.0.10:443", false},
       }) {
    EXPECT_EQ(Allows(row.pattern, row.target), row.allowed)
        << row.pattern << " " << row.target;
  }
}

TEST(AllowedHostsTest, APortOfThePatternIsThatOfTheTarget) {
  EXPECT_TRUE(Allows("a", "a:9000"));
  EXPECT_TRUE(Allows("a:9000", "a:9000"));
  EXPECT_FALSE(Allows("a:9000", "a:443"));
  EXPECT_FALSE(Allows("a:900", "a:9000"));
  EXPECT_TRUE(Allows("a:90??", "a:9000"));
  EXPECT_TRUE(Allows("*:9000", "a:9000"));
  EXPECT_TRUE(Allows("[::1]", "[::1]:9000"));
  EXPECT_TRUE(Allows("[::1]:9000", "[::1]:9000"));
  EXPECT_FALSE(Allows("[::1]:443", "[::1]:9000"));
  EXPECT_FALSE(Allows("[::1]", "[::2]:9000"));
}

TEST(AllowedHostsTest, OneOfSeveralPatternsIsEnough) {
  const AllowedHosts allowed = Only({"a", "b:80"});
  EXPECT_TRUE(allowed.Allow({"a", 1}));
  EXPECT_TRUE(allowed.Allow({"b", 80}));
  EXPECT_FALSE(allowed.Allow({"b", 81}));
  EXPECT_FALSE(allowed.Allow({"c", 80}));
}

TEST(AllowedHostsTest, ManyStarsAreNoTrouble) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(Allows(pattern + "b", std::string(60, 'a') + ":443"));
}

TEST(AllowedHostsTest, APatternThatCouldNeverMatchIsRefused) {
  for (const char* pattern : {"", ":443", "a:", "https://a", "a/b", "a:b",
                              "a:80:80", "::1", "a:80/"}) {
    const absl::Status status = AllowedHosts::Create({pattern}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << pattern;
    EXPECT_THAT(std::string(status.message()), HasSubstr("--allow-host"));
  }
}

class CheckTest : public testing::Test {
 protected:
  CheckTest() { SetHost("good.example"); }

  void SetHost(const std::string& host) {
    plan_.instances[1].endpoint.host = host;
  }
  bool Passes(const std::string& endpoint_url = "") const {
    return Only({"good.example"}).Check(plan_, endpoint_url).ok();
  }

  Plan plan_ = [] {
    Plan plan =
        PlanOf({ListInstance("a", {1}, 2), ListInstance("b", {1}, 2)}, 2);
    for (InstancePlan& instance : plan.instances) {
      instance.endpoint.host = "good.example";
    }
    return plan;
  }();
};

TEST_F(CheckTest, OneTargetOutsideRefusesThePlan) {
  EXPECT_TRUE(Passes());
  SetHost("evil.example:8443");
  const absl::Status status = Only({"good.example"}).Check(plan_, "");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("\"b\""), HasSubstr("evil.example:8443"),
                    HasSubstr("--allow-host")));
}

TEST_F(CheckTest, WhatCountsIsWhereTheRequestsReallyGo) {
  EXPECT_FALSE(Passes("http://evil.example:9000"));
  SetHost("evil.example");
  EXPECT_TRUE(Passes("http://good.example:9000"));
}

TEST_F(CheckTest, AnAddressThatCouldBeReadInTwoWaysIsRefused) {
  for (const char* host :
       {"good.example%00.evil", "good.example:80:443", "good.example:x",
        "evil%2eexample", "[good.example]", "good.example\\.evil"}) {
    SetHost(host);
    EXPECT_FALSE(Only({"*"}).Check(plan_, "").ok()) << host;
  }
  for (const char* url : {"http://good.example:80@evil.example/",
                          "http://good.example@evil.example", "good.example"}) {
    EXPECT_FALSE(Only({"*"}).Check(plan_, url).ok()) << url;
  }
}

}  // namespace
}  // namespace invocator
