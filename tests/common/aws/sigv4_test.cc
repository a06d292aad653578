#include "common/aws/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace invocator {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kEmptyHash[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
// 2015-08-30T12:36:00Z and 2024-02-29T23:59:59Z.
constexpr int64_t kNoon2015 = 1440938160;
constexpr int64_t kLastSecondOfLeapDay = 1709251199;

Credentials Keys(absl::string_view token = "") {
  return {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
          std::string(token)};
}

class PreparedSignatureTest : public testing::Test {
 protected:
  PreparedSignature Prepare(const Endpoint& endpoint,
                            std::vector<Header> headers = {},
                            absl::string_view hash = kEmptyHash) {
    return {signer_, scope_, "POST", endpoint, std::move(headers), hash};
  }

  // The Authorization made step by step instead of in place.
  std::string Reference(const Endpoint& endpoint, int64_t unix_s) {
    const std::string date = FormatAmzDate(absl::FromUnixSeconds(unix_s));
    SignedRequest request{"POST",
                          endpoint.path,
                          endpoint.query,
                          {{"host", endpoint.host}, {"x-amz-date", date}},
                          kEmptyHash};
    const Credentials& keys = signer_.credentials();
    if (!keys.session_token.empty()) {
      request.headers.emplace_back("x-amz-security-token", keys.session_token);
    }
    return absl::StrCat(
        "AWS4-HMAC-SHA256 Credential=", keys.access_key_id, "/",
        date.substr(0, 8), "/us-east-1/execute-api/aws4_request, ",
        "SignedHeaders=", SignedHeaderNames(request.headers), ", Signature=",
        Signer(keys).Sign(
            date, scope_,
            StringToSign(date, scope_, CanonicalRequest(request))));
  }

  Signer signer_{Keys()};
  const SigningScope scope_{"us-east-1", "execute-api"};
  const Endpoint endpoint_{"abc.execute-api.us-east-1.amazonaws.com", "/prod/f",
                           "b=2&a"};
};

// The signatures of the next three tests were computed by botocore 1.29.27.

TEST_F(PreparedSignatureTest, EscapesOfThePathAreEncodedOnceMore) {
  auto prepared = Prepare({"abc.execute-api.us-east-1.amazonaws.com",
                           "/prod/a%20b/c%2Fd/%2f/@:$~/%C3%A4/x+y", ""});
  EXPECT_THAT(prepared.At(kNoon2015).authorization,
              EndsWith("SignedHeaders=host;x-amz-date, Signature=e91b2d9c71474"
                       "b9a5bbe1baac75f497cc48e05898650f16c313c7d25ceb02ed9"));
}

TEST_F(PreparedSignatureTest, QueryIsDecodedEncodedAndSorted) {
  auto prepared = Prepare(
      {"abc.execute-api.us-east-1.amazonaws.com", "/prod/f",
       "b=2&a=%2B&flag&b=1&a-=x&empty=&%e4%bd%a0=*!()&s=%20~"},
      {{"Content-Type", "application/json"}}, Sha256Hex(R"({"k":"ä"})"));
  EXPECT_THAT(
      prepared.At(kNoon2015).authorization,
      EndsWith("SignedHeaders=content-type;host;x-amz-date, Signature=ee34fcdff"
               "f7932c0d4601003c9b9a251b130956314a5ce48f4ccbf77722dec28"));
}

TEST_F(PreparedSignatureTest, TokenPortAndRepeatedHeadersAreSigned) {
  signer_.set_credentials(Keys("TOKEN//+=="));
  auto prepared =
      Prepare({"api.example.com:8443", "/", ""},
              {{"X-Multi", "  b   a "}, {"x-multi", "c"}, {"X-Amz-A", "1"}});
  const auto& stamp = prepared.At(kLastSecondOfLeapDay);
  EXPECT_EQ(stamp.amz_date, "20240229T235959Z");
  EXPECT_EQ(stamp.authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240229/us-east-1/"
            "execute-api/aws4_request, SignedHeaders=host;x-amz-a;x-amz-date;"
            "x-amz-security-token;x-multi, Signature=cec4daba971fb88c6573366fcb"
            "1c7a6baefe03f0e3196292094df4d1c1f3c785");
}

TEST_F(PreparedSignatureTest, SameSecondGivesTheSameObjectUnchanged) {
  auto prepared = Prepare(endpoint_);
  const auto& first = prepared.At(kNoon2015);
  const std::string authorization = first.authorization;
  const auto& second = prepared.At(kNoon2015);
  EXPECT_EQ(&first, &second);
  EXPECT_EQ(second.authorization, authorization);
}

TEST_F(PreparedSignatureTest, EverySecondEqualsTheStepByStepSignature) {
  auto prepared = Prepare(endpoint_);
  for (int64_t unix_s : {kNoon2015, kNoon2015 + 1, kLastSecondOfLeapDay,
                         kLastSecondOfLeapDay + 1, kNoon2015}) {
    EXPECT_EQ(prepared.At(unix_s).authorization, Reference(endpoint_, unix_s));
    EXPECT_EQ(prepared.At(unix_s).amz_date,
              FormatAmzDate(absl::FromUnixSeconds(unix_s)));
  }
}

TEST_F(PreparedSignatureTest, MidnightChangesTheCredentialScope) {
  auto prepared = Prepare(endpoint_);
  EXPECT_THAT(prepared.At(kLastSecondOfLeapDay).authorization,
              HasSubstr("/20240229/us-east-1"));
  EXPECT_THAT(prepared.At(kLastSecondOfLeapDay + 1).authorization,
              HasSubstr("/20240301/us-east-1"));
}

TEST_F(PreparedSignatureTest, NewCredentialsTakeEffectWithinTheSecond) {
  auto prepared = Prepare(endpoint_);
  prepared.At(kNoon2015);
  signer_.set_credentials({"AKIDOTHER", "another secret", "token"});
  EXPECT_EQ(prepared.At(kNoon2015).authorization,
            Reference(endpoint_, kNoon2015));
  EXPECT_THAT(prepared.At(kNoon2015).authorization,
              HasSubstr("Credential=AKIDOTHER/"));
  EXPECT_THAT(prepared.At(kNoon2015).authorization,
              HasSubstr("x-amz-security-token"));
  signer_.set_credentials(Keys());
  EXPECT_EQ(prepared.At(kNoon2015).authorization,
            Reference(endpoint_, kNoon2015));
}

TEST_F(PreparedSignatureTest,
       TheRequestThatWasSignedIsShownWithItsTokenMasked) {
  PreparedSignature plain = Prepare(endpoint_);
  const std::string date = FormatAmzDate(absl::FromUnixSeconds(kNoon2015));
  // What is shown is what was signed.
  EXPECT_THAT(plain.At(kNoon2015).authorization,
              EndsWith(Signer(Keys()).Sign(
                  date, scope_,
                  StringToSign(date, scope_,
                               plain.MaskedCanonicalRequest(kNoon2015)))));

  signer_.set_credentials(Keys("top/secret"));
  const std::string masked = plain.MaskedCanonicalRequest(kNoon2015);
  EXPECT_THAT(masked, HasSubstr("\nx-amz-security-token:(session token)\n"));
  EXPECT_THAT(masked, HasSubstr(";x-amz-security-token\n"));
  EXPECT_THAT(masked, Not(HasSubstr("secret")));
}

TEST_F(PreparedSignatureTest, ManyScopesSignInTurnAsEachAlone) {
  const std::string text = "string to sign";
  for (const char* date : {"20150830T123600Z", "20150831T000000Z"}) {
    for (int round = 0; round < 2; ++round) {
      for (int i = 0; i < 100; ++i) {
        const SigningScope scope = {absl::StrCat("region-", i), "lambda"};
        EXPECT_EQ(signer_.Sign(date, scope, text),
                  Signer(Keys()).Sign(date, scope, text));
      }
    }
  }
}

TEST_F(PreparedSignatureTest, HeadersThatChangeOnTheWayAreNotSigned) {
  auto prepared = Prepare(endpoint_, {{"User-Agent", "x"},
                                      {"Proxy-Connection", "keep-alive"},
                                      {"X-Amzn-Trace-Id", "Root=1"},
                                      {"Host", "elsewhere"},
                                      {"X-Amz-Date", "19700101T000000Z"},
                                      {"Authorization", "Basic x"}});
  EXPECT_EQ(prepared.At(kNoon2015).authorization,
            Reference(endpoint_, kNoon2015));
}

TEST(SignerTest, KeysOfManyScopesAndDaysStayRight) {
  Signer signer(Keys());
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < 2 * Signer::kMaxKeys; ++i) {
      const SigningScope scope{absl::StrCat("r-", i), "execute-api"};
      for (absl::string_view date : {"20240229T235959Z", "20240301T000000Z"}) {
        EXPECT_EQ(signer.Sign(date, scope, "text"),
                  Signer(Keys()).Sign(date, scope, "text"));
      }
    }
  }
}

TEST(SignerTest, SignatureDependsOnSecretDayRegionAndServiceOnly) {
  Signer signer(Keys());
  const SigningScope scope{"us-east-1", "execute-api"};
  const std::string signature = signer.Sign("20240229T000000Z", scope, "text");
  EXPECT_EQ(signer.Sign("20240229T235959Z", scope, "text"), signature);
  EXPECT_NE(signer.Sign("20240301T000000Z", scope, "text"), signature);
  EXPECT_NE(
      signer.Sign("20240229T000000Z", {"us-east-2", "execute-api"}, "text"),
      signature);
  EXPECT_NE(signer.Sign("20240229T000000Z", {"us-east-1", "lambda"}, "text"),
            signature);
  signer.set_credentials({"AKIDEXAMPLE", "another secret", ""});
  EXPECT_NE(signer.Sign("20240229T000000Z", scope, "text"), signature);
}

TEST(CanonicalRequestTest, PathIsTakenAsItIsOnTheWire) {
  SignedRequest request{"GET", "/a//b/../%zz\n", "", {{"host", "h"}}, "hash"};
  EXPECT_EQ(CanonicalRequest(request),
            "GET\n/a//b/../%25zz%0A\n\nhost:h\n\nhost\nhash");
}

TEST(CanonicalRequestTest, ParametersSortByNameThenValueAsEncoded) {
  SignedRequest request{"GET", "/", "", {{"host", "h"}}, "hash"};
  const auto query = [&](absl::string_view wire) {
    request.query = std::string(wire);
    const std::string text = CanonicalRequest(request);
    return text.substr(6, text.find('\n', 6) - 6);
  };
  EXPECT_EQ(query(""), "");
  EXPECT_EQ(query("flag"), "flag=");
  EXPECT_EQ(query("a-b=1&a=2&A=3"), "A=3&a=2&a-b=1");
  EXPECT_EQ(query("a=b=c"), "a=b%3Dc");
  EXPECT_EQ(query("k=v&k=v&k=u"), "k=u&k=v&k=v");
  EXPECT_EQ(query("q=%7e%2f+%"), "q=~%2F%2B%25");
}

TEST(CanonicalRequestTest, LineEndsOfHeadersCannotForgeALine) {
  SignedRequest request{
      "GET", "/", "", {{"host", "h\r\nx-amz-date:1"}, {"B", ""}}, "hash"};
  EXPECT_EQ(CanonicalRequest(request),
            "GET\n/\n\nb:\nhost:h x-amz-date:1\n\nb;host\nhash");
}

TEST(NormalizePathTest, DotsAndRepeatedSlashesGoTrailingSlashStays) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "/"},
      {"/", "/"},
      {"//", "/"},
      {"/./", "/"},
      {"/a/", "/a/"},
      {"//a//b//", "/a/b/"},
      {"/../a", "/a"},
      {"/a/../..", "/"},
      {"/a/./b/../c", "/a/c"},
      {"/a/..b/.c", "/a/..b/.c"}};
  for (const auto& [path, normal] : rows) {
    EXPECT_EQ(NormalizePath(path), normal) << path;
  }
}

TEST(FormatAmzDateTest, IsUtcWithoutFractions) {
  EXPECT_EQ(FormatAmzDate(absl::UnixEpoch()), "19700101T000000Z");
  EXPECT_EQ(FormatAmzDate(absl::FromUnixSeconds(kLastSecondOfLeapDay) +
                          absl::Milliseconds(999)),
            "20240229T235959Z");
}

}  // namespace
}  // namespace invocator
