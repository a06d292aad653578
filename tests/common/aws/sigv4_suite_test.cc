// AWS's own test vectors, read from the folder they are kept in; see
// SuiteFolder. Only the cases of signed headers are ours.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "common/aws/sigv4.h"
#include "nlohmann/json.hpp"
#include "tests/support/source_path.h"

namespace invocator {
namespace {

namespace fs = std::filesystem;

constexpr char kSecret[] = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr char kEmptyHash[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fs::path SuiteFolder() {
  if (const char* folder = std::getenv("INVOCATOR_SIGV4_SUITE")) return folder;
  return fs::path(SourcePath("../shared/sigv4-suite"));
}

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> FoldersIn(const fs::path& parent) {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(parent)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  return folders;
}

struct ParsedRequest {
  SignedRequest request;
  std::string body;
};

// A raw request with LF line ends, maybe blanks and UTF-8 in its request line,
// maybe folded headers, maybe no end of the last line.
ParsedRequest Parse(const std::string& raw) {
  ParsedRequest parsed;
  SignedRequest& request = parsed.request;
  const size_t head_end = std::min(raw.find("\n\n"), raw.size());
  if (head_end < raw.size()) parsed.body = raw.substr(head_end + 2);
  const std::vector<std::string> lines =
      absl::StrSplit(raw.substr(0, head_end), '\n');
  const std::string& first = lines.front();
  const size_t target_at = first.find(' ') + 1;
  const std::string target =
      first.substr(target_at, first.rfind(' ') - target_at);
  const std::vector<std::string> halves =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  request.method = first.substr(0, target_at - 1);
  request.path = halves[0];
  if (halves.size() == 2) request.query = halves[1];
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    if (lines[i].front() == ' ') {
      absl::StrAppend(&request.headers.back().second, "\n", lines[i]);
      continue;
    }
    const size_t colon = lines[i].find(':');
    request.headers.emplace_back(lines[i].substr(0, colon),
                                 lines[i].substr(colon + 1));
  }
  request.payload_sha256 = kEmptyHash;
  return parsed;
}

void CheckCase(const fs::path& folder) {
  const auto context = nlohmann::json::parse(Read(folder / "context.json"));
  auto [request, body] = Parse(Read(folder / "request.txt"));
  const auto& given = context["credentials"];
  const Credentials credentials{given["access_key_id"],
                                given["secret_access_key"],
                                given.value("token", "")};
  const SigningScope scope{context["region"], context["service"]};
  absl::Time time;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full,
                              context["timestamp"].get<std::string>(), &time,
                              nullptr));
  const std::string date = FormatAmzDate(time);

  if (context["normalize"]) request.path = NormalizePath(request.path);
  request.headers.emplace_back("X-Amz-Date", date);
  if (!credentials.session_token.empty() &&
      !context.value("omit_session_token", false)) {
    request.headers.emplace_back("X-Amz-Security-Token",
                                 credentials.session_token);
  }
  if (context["sign_body"]) {
    request.payload_sha256 = Sha256Hex(body);
    request.headers.emplace_back("X-Amz-Content-Sha256",
                                 request.payload_sha256);
  }

  const std::string canonical = CanonicalRequest(request);
  EXPECT_EQ(canonical, Read(folder / "header-canonical-request.txt"));
  const std::string to_sign = StringToSign(date, scope, canonical);
  EXPECT_EQ(to_sign, Read(folder / "header-string-to-sign.txt"));
  const std::string signature = Signer(credentials).Sign(date, scope, to_sign);
  EXPECT_EQ(signature, Read(folder / "header-signature.txt"));
  EXPECT_TRUE(absl::StrContains(
      Read(folder / "header-signed-request.txt"),
      absl::StrCat("SignedHeaders=", SignedHeaderNames(request.headers),
                   ", Signature=", signature)));
}

// A case of the older suite, whose files are named after their folder; the date
// is among the headers.
void CheckOlderCase(const fs::path& folder) {
  const std::string stem = folder / folder.filename();
  SignedRequest request = Parse(Read(stem + ".req")).request;
  const std::string date = "20150830T123600Z";
  const SigningScope scope{"us-east-1", "service"};

  const std::string canonical = CanonicalRequest(request);
  EXPECT_EQ(canonical, Read(stem + ".creq"));
  const std::string to_sign = StringToSign(date, scope, canonical);
  EXPECT_EQ(to_sign, Read(stem + ".sts"));
  EXPECT_EQ(
      absl::StrCat(
          "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/"
          "us-east-1/service/aws4_request, SignedHeaders=",
          SignedHeaderNames(request.headers), ", Signature=",
          Signer({"AKIDEXAMPLE", kSecret, ""}).Sign(date, scope, to_sign)),
      Read(stem + ".authz"));
}

TEST(SigV4SuiteTest, EveryCaseOfAwsHoldsForSignedHeaders) {
  const fs::path cases = SuiteFolder() / "tests/aws-signing-test-suite/v4";
  if (!fs::is_directory(cases)) {
    std::cout << "AWS's SigV4 suite is absent: " << cases << "\n";
    GTEST_SKIP();
  }
  const std::vector<fs::path> folders = FoldersIn(cases);
  EXPECT_GE(folders.size(), 38u);
  for (const fs::path& folder : folders) {
    SCOPED_TRACE(folder.filename());
    CheckCase(folder);
  }
}

TEST(SigV4SuiteTest, EveryCaseThatOnlyBotocoreKeepsHolds) {
  const fs::path cases =
      SuiteFolder() / "botocore-extra/tests/unit/auth/aws4_testsuite";
  if (!fs::is_directory(cases)) {
    std::cout << "botocore's SigV4 suite is absent: " << cases << "\n";
    GTEST_SKIP();
  }
  for (const char* name :
       {"get-vanilla-query-order-key", "get-vanilla-query-order-value",
        "normalize-path/get-special-character"}) {
    SCOPED_TRACE(name);
    CheckOlderCase(cases / name);
  }
}

}  // namespace
}  // namespace invocator
