#include "coordinator/json/field_reader.h"

#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

constexpr absl::string_view kKnown[] = {"a", "b"};

class OverlaidReaderTest : public ::testing::Test {
 protected:
  std::string Errors() const {
    return std::string(issues_.ToStatus().message());
  }

  WorkloadIssues issues_{"f"};
  const Json base_object_ = {{"a", 1}, {"b", "base"}};
  const Json own_object_ = {{"b", "own"}};
  FieldReader base_{base_object_, "base", issues_};
  FieldReader both_{own_object_, "own", base_};
};

TEST_F(OverlaidReaderTest, AnObjectsMembersHideThoseOfTheBase) {
  EXPECT_EQ(both_.String("b"), "own");
  EXPECT_EQ(both_.Uint32("a"), 1u);
  EXPECT_FALSE(both_.Has("c"));
  EXPECT_EQ(base_.String("b"), "base");
}

TEST_F(OverlaidReaderTest, ErrorsNameTheObjectThatHasTheMember) {
  EXPECT_EQ(both_.PathOf("a"), "base.a");
  EXPECT_EQ(both_.PathOf("b"), "own.b");
  both_.Bool("a");
  both_.Bool("b");
  both_.Require("c", "a c");
  EXPECT_EQ(Errors(),
            "f: base.a: expected true or false, found 1\n"
            "f: own.b: expected true or false, found \"own\"\n"
            "f: own.c: missing, expected a c");
}

TEST_F(OverlaidReaderTest, AMemberThatSeveralShareIsReportedOnce) {
  FieldReader other(own_object_, "other", base_);
  both_.Bool("a");
  other.Bool("a");
  both_.Warn("a", "warned");
  other.Warn("a", "warned");
  EXPECT_EQ(Errors(), "f: base.a: expected true or false, found 1");
  EXPECT_EQ(issues_.warnings(), std::vector<std::string>{"f: base.a: warned"});
}

TEST_F(OverlaidReaderTest, KeysOfTheBaseAreNotLookedAt) {
  const Json bad = {{"x", 1}};
  FieldReader base(bad, "base", issues_);
  FieldReader both(own_object_, "own", base);
  both.RefuseUnknownKeys(kKnown);
  EXPECT_FALSE(issues_.has_errors());
}

}  // namespace
}  // namespace invocator
