#include "common/aws/masking.h"

#include <gtest/gtest.h>

namespace invocator {
namespace {

TEST(MaskSessionTokensTest, EveryTokenLineIsMaskedToItsEnd) {
  EXPECT_EQ(MaskSessionTokens("nothing here"), "nothing here");
  EXPECT_EQ(MaskSessionTokens("a\nx-amz-security-token:IQo/b+c=\nhost:h"),
            "a\nx-amz-security-token:(session token)\nhost:h");
  // As JSON writes it, slashes escaped or not.
  EXPECT_EQ(MaskSessionTokens(R"(a\nX-Amz-Security-Token:IQo\/b\nhost:h)"),
            R"(a\nX-Amz-Security-Token:(session token)\nhost:h)");
  EXPECT_EQ(MaskSessionTokens("x-amz-security-token:IQob"),
            "x-amz-security-token:(session token)");
  EXPECT_EQ(MaskSessionTokens("x-amz-security-token:a\nx-amz-security-token:b"),
            "x-amz-security-token:(session token)\n"
            "x-amz-security-token:(session token)");
  // Echoes of the request: JSON, a query, Python's repr, several values.
  EXPECT_EQ(MaskSessionTokens("{\"x-amz-security-token\": \"IQo/b\"}"),
            "{\"x-amz-security-token\": \"(session token)\"}");
  EXPECT_EQ(MaskSessionTokens("?X-Amz-Security-Token=IQo%2Fb&x=1"),
            "?X-Amz-Security-Token=(session token)&x=1");
  EXPECT_EQ(MaskSessionTokens("{'x-amz-security-token': ['IQob']}"),
            "{'x-amz-security-token': ['(session token)']}");
  EXPECT_EQ(MaskSessionTokens("Credential=AKID/x, Signature=0123abcd\n"),
            "Credential=AKID/x, Signature=(secret)\n");
  // Names in a list of signed headers are no values.
  EXPECT_EQ(MaskSessionTokens("host;x-amz-date;x-amz-security-token\n"),
            "host;x-amz-date;x-amz-security-token\n");
}

}  // namespace
}  // namespace invocator
