#include "gateway/form.h"

#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

TEST(FormTest, ValuesAreDecoded) {
  EXPECT_EQ(ParseForm("Action=AssumeRole&a+b=c+d%2Be&x=%C3%A9=%3D"),
            (Form{{"Action", "AssumeRole"}, {"a b", "c d+e"}, {"x", "é=="}}));
}

TEST(FormTest, FirstOfAName) {
  EXPECT_EQ(ValueOf(ParseForm("a=1&a=2"), "a"), "1");
}

TEST(FormTest, AnyTextIsOne) {
  EXPECT_EQ(ParseForm(""), Form());
  EXPECT_EQ(ParseForm("&&"), Form());
  EXPECT_EQ(ParseForm("a&b=&=c"), (Form{{"", "c"}, {"a", ""}, {"b", ""}}));
  EXPECT_EQ(ParseForm("a=%&b=%4"), (Form{{"a", "%"}, {"b", "%4"}}));
  EXPECT_EQ(ValueOf(ParseForm("a=1"), "b"), "");
}

}  // namespace
}  // namespace invocator
