#include "common/aws/canonical_request.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/http/percent.h"

namespace invocator {
namespace {

// The wire's path encoded once more, as for every service but S3.
std::string CanonicalUri(absl::string_view path) {
  if (path.empty()) return "/";
  return PercentEncode(path,
                       [](char c) { return c == '/' || IsUnreserved(c); });
}

std::string CanonicalQueryPart(absl::string_view part) {
  return PercentEncode(PercentDecode(part));
}

// Sorted as pairs: in "name=value" the '=' would sort after '-'.
std::string CanonicalQuery(absl::string_view query) {
  std::vector<std::pair<std::string, std::string>> parameters;
  for (absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const size_t equals = std::min(part.find('='), part.size());
    parameters.emplace_back(
        CanonicalQueryPart(part.substr(0, equals)),
        CanonicalQueryPart(part.substr(std::min(equals + 1, part.size()))));
  }
  std::sort(parameters.begin(), parameters.end());
  return absl::StrJoin(parameters, "&", absl::PairFormatter("="));
}

// Trims, and folds every run of blanks into one. A folded line's end counts as
// a blank.
std::string FoldBlanks(absl::string_view value) {
  std::string folded;
  bool pending = false;
  for (char c : value) {
    if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      pending = !folded.empty();
      continue;
    }
    if (pending) folded += ' ';
    pending = false;
    folded += c;
  }
  return folded;
}

// Lower-cased names with their values, sorted by name, one entry per name.
std::vector<Header> CanonicalHeaders(const std::vector<Header>& headers) {
  std::vector<Header> sorted;
  sorted.reserve(headers.size());
  for (const auto& [name, value] : headers) {
    sorted.emplace_back(absl::AsciiStrToLower(FoldBlanks(name)),
                        FoldBlanks(value));
  }
  std::stable_sort(
      sorted.begin(), sorted.end(),
      [](const Header& a, const Header& b) { return a.first < b.first; });
  std::vector<Header> merged;
  for (Header& header : sorted) {
    if (!merged.empty() && merged.back().first == header.first) {
      absl::StrAppend(&merged.back().second, ",", header.second);
    } else {
      merged.push_back(std::move(header));
    }
  }
  return merged;
}

std::string JoinNames(const std::vector<Header>& canonical_headers) {
  return absl::StrJoin(canonical_headers, ";",
                       [](std::string* out, const Header& header) {
                         out->append(header.first);
                       });
}

}  // namespace

bool IsSecretHeader(absl::string_view name) {
  const std::string lower = absl::AsciiStrToLower(name);
  for (absl::string_view part :
       {"authorization", "cookie", "key", "token", "secret", "password"}) {
    if (absl::StrContains(lower, part)) return true;
  }
  return false;
}

std::string NormalizePath(absl::string_view path) {
  std::vector<absl::string_view> segments;
  for (absl::string_view segment :
       absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (segment == ".") continue;
    if (segment != "..") {
      segments.push_back(segment);
    } else if (!segments.empty()) {
      segments.pop_back();
    }
  }
  const bool is_folder = absl::EndsWith(path, "/") && !segments.empty();
  return absl::StrCat("/", absl::StrJoin(segments, "/"), is_folder ? "/" : "");
}

std::string CanonicalRequest(const SignedRequest& request) {
  const std::vector<Header> headers = CanonicalHeaders(request.headers);
  return absl::StrCat(request.method, "\n", CanonicalUri(request.path), "\n",
                      CanonicalQuery(request.query), "\n",
                      absl::StrJoin(headers, "\n", absl::PairFormatter(":")),
                      "\n\n", JoinNames(headers), "\n", request.payload_sha256);
}

std::string SignedHeaderNames(const std::vector<Header>& headers) {
  return JoinNames(CanonicalHeaders(headers));
}

bool IsSignableHeader(absl::string_view name) {
  static constexpr std::array<absl::string_view, 10> kChangedOnTheWay = {
      "authorization", "connection", "content-length", "expect",
      "keep-alive",    "te",         "trailer",        "transfer-encoding",
      "upgrade",       "user-agent"};
  const std::string lower = absl::AsciiStrToLower(name);
  return !absl::StartsWith(lower, "proxy-") &&
         !absl::StartsWith(lower, "sec-websocket-") &&
         lower != "x-amzn-trace-id" &&
         std::find(kChangedOnTheWay.begin(), kChangedOnTheWay.end(), lower) ==
             kChangedOnTheWay.end();
}

}  // namespace invocator
