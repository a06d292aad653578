#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "common/http/address.h"
#include "common/http/endpoint.h"
#include "common/http/service_url.h"
#include "coordinator/json/json.h"
#include "coordinator/workload/workload.h"

// What an error suggests is accepted.
namespace invocator {
namespace {

// The last quoted text of a message that is not what it found, or what belongs
// elsewhere; empty if none.
std::string Suggestion(absl::string_view message) {
  message = message.substr(0, message.find('\n'));
  message = message.substr(0, message.find("; "));
  if (!absl::StrContains(message, "did you mean")) {
    message = message.substr(0, message.find(", found "));
  }
  const size_t end = message.rfind('"');
  if (end == message.npos || end == 0) return "";
  const size_t begin = message.rfind('"', end - 1);
  return std::string(message.substr(begin + 1, end - begin - 1));
}

absl::Status StatusOf(const char* key, const std::string& value) {
  Json instance = {{"auth", "none"}, {"interarrivals_list", Json::array({0})}};
  if (key != std::string("url")) instance["host"] = "h";
  instance[key] = value;
  const Json workload = {{"test_name", "t"},
                         {"test_duration_in_seconds", 1},
                         {"random_seed", 1},
                         {"instances", {{"i", instance}}}};
  return ParseWorkload(workload.dump(), "w.json", "", {}).status();
}

struct Row {
  const char* key;
  const char* wrong;
  const char* suggestion;
};

TEST(FollowedSuggestions, OfAWorkloadAreAccepted) {
  for (const auto& [key, wrong, suggestion] : {
           Row{"host", "https://h.example:8443/x?y", "h.example:8443"},
           Row{"host", "HTTP://bücher.example./x", "xn--bcher-kva.example"},
           Row{"host", "h.example/default", "h.example"},
           Row{"host", "u:p@bücher.example", "xn--bcher-kva.example"},
           Row{"host", "::1", "[::1]"},
           Row{"host", "http://::1/", "[::1]"},
           Row{"host", "h.example.:8443", "h.example:8443"},
           Row{"host", "bücher.example:8443", "xn--bcher-kva.example:8443"},
           Row{"host", "bücher.example.", "xn--bcher-kva.example"},
           Row{"url", "HTTP://h.example/F?a=B", "http://h.example/F?a=B"},
           Row{"url", "HTTPS://bücher.de/", "https://xn--bcher-kva.de/"},
           Row{"url", "Https://u@h.example.:1?a", "https://h.example:1?a"},
           Row{"url", "HTTP://::1/", "http://[::1]/"},
           Row{"method", "get", "GET"},
           Row{"method", "PSOT", "POST"},
           Row{"auth", "None", "none"},
       }) {
    const absl::Status refused = StatusOf(key, wrong);
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << wrong;
    EXPECT_EQ(Suggestion(refused.message()), suggestion) << refused;
    const absl::Status followed = StatusOf(key, suggestion);
    EXPECT_TRUE(followed.ok()) << followed;
  }
}

TEST(FollowedSuggestions, AreLeftOutWhereTheyWouldBeRefused) {
  for (const auto& [key, wrong, absent] : {
           Row{"host", "https://h:99999", "\"h:99999\""},
           Row{"host", "https://-h", "\"-h\""},
           Row{"host", "u@h..", "\"h.\""},
           Row{"url", "HTTPS://h/#f", "case, \""},
           Row{"url", "HTTP://h:443/", "case, \""},
           Row{"url", "HTTP://😀.example/", "case, \""},
       }) {
    const std::string message(StatusOf(key, wrong).message());
    EXPECT_NE(message, "") << wrong;
    EXPECT_EQ(message.find(absent), message.npos) << message;
  }
}

// A host that is wrong in a URL, or in an address, is to be put in its place.
TEST(FollowedSuggestions, OfHostsInUrlsAndAddressesAreAccepted) {
  for (const char* wrong : {"bücher.de", "u@h", "h.", "bücher.de.:8080"}) {
    const std::string url = std::string("https://") + wrong + "/a";
    const auto follow = [&](const absl::Status& refused) {
      EXPECT_FALSE(refused.ok()) << wrong;
      return absl::StrReplaceAll(url, {{wrong, Suggestion(refused.message())}});
    };
    EXPECT_TRUE(StatusOf("url", follow(StatusOf("url", url))).ok());
    EXPECT_TRUE(ParseServiceUrl(follow(ParseServiceUrl(url).status())).ok());
    EXPECT_TRUE(AddressOfUrl(follow(AddressOfUrl(url).status())).ok());
  }
}

}  // namespace
}  // namespace invocator
