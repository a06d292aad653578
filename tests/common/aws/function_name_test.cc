#include "common/aws/function_name.h"

#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

TEST(FunctionNameTest, EveryFormLambdaTakes) {
  const struct {
    const char* text;
    FunctionName expected;
  } kRows[] = {
      {"chameleon", {"chameleon", "", "", ""}},
      {"my_f-2", {"my_f-2", "", "", ""}},
      {"chameleon:live", {"chameleon", "live", "", ""}},
      {"chameleon:$LATEST", {"chameleon", "$LATEST", "", ""}},
      {"function:chameleon", {"chameleon", "", "", ""}},
      {"function", {"function", "", "", ""}},
      {"123456789012:function:f", {"f", "", "", "123456789012"}},
      {"123456789012:function:f:7", {"f", "7", "", "123456789012"}},
      {"123456789012", {"123456789012", "", "", ""}},
      {"arn:aws:lambda:us-east-1:123456789012:function:f",
       {"f", "", "us-east-1", "123456789012"}},
      {"arn:aws-cn:lambda:cn-north-1:123456789012:function:f:live",
       {"f", "live", "cn-north-1", "123456789012"}},
  };
  for (const auto& [text, expected] : kRows) {
    const auto name = ParseFunctionName(text);
    ASSERT_TRUE(name.ok()) << text << ": " << name.status();
    EXPECT_EQ(*name, expected) << text;
  }
}

TEST(FunctionNameTest, WhatIsNoFunctionIsNamed) {
  for (const char* text :
       {"", ":", "a b", "f:", ":f", "f:a:b", "a/b", "../f", "$LATEST", "f:$X",
        "arn", "arn:aws:lambda:us-east-1:123456789012:function:",
        "arn:aws:s3:us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-east-1:12345:function:f",
        "arn:aws:lambda:us-east-1:123456789012:layer:f", "f\n", "f%3Ag"}) {
    EXPECT_FALSE(ParseFunctionName(text).ok()) << text;
  }
  EXPECT_FALSE(ParseFunctionName(std::string(141, 'f')).ok());
}

}  // namespace
}  // namespace invocator
