// The quick way into AnswerParser (worker/exchange/plain_head.h) against the
// other one, which an answer goes whose first byte comes alone.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/support/parsed_answer.h"
#include "worker/exchange/answer_parser.h"
#include "worker/exchange/plain_head.h"

namespace invocator {
namespace {

using State = AnswerParser::State;

constexpr absl::string_view kAnswers[] = {
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n"
    "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Type: application/json\r\n"
    "Content-Length: 19\r\nConnection: keep-alive\r\n\r\n{\"statusCode\": 200}",
    "HTTP/1.1 403 Forbidden\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
    "Content-Length: 23\r\nx-amzn-RequestId: 3f1d9b3e-0a5b\r\n"
    "x-amzn-ErrorType: ForbiddenException:http://x/\r\n\r\n"
    "{\"message\":\"Forbidden\"}",
    "HTTP/1.1 200 OK\r\nApigw-Requestid: Aa=\r\nX-Amz-Function-Error: x\r\n"
    "X-Amz-Log-Result: "
    "UkVQT1JUIFJlcXVlc3RJZDogYQlEdXJhdGlvbjogMS4wMCBtcwlCaWxsZWQgRHVyYXRpb246"
    "IDIgbXMJTWVtb3J5IFNpemU6IDEyOCBNQglNYXggTWVtb3J5IFVzZWQ6IDQwIE1CCQo=\r\n"
    "content-length: 2\r\n\r\n{}",
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nX-Cold: yes\r\n"
    "\r\n",
};

// Bytes that mean something to a parser, or should not.
constexpr absl::string_view kOdd("\0\1\t\n\r\x1f \"(,-:;09@Z_az\x7f\x80\xff",
                                 23);

class Comparison {
 public:
  // Compares both ways, if the answer has a plain head. True if so.
  bool Of(absl::string_view answer, const AnswerRules& rules) {
    ResponseFacts facts;
    const auto head = ReadPlainHead(answer, rules.cold_start_source, facts);
    if (!head) return false;
    slow_.Begin(false, rules);
    slow_.Put(answer.substr(0, 1));
    EXPECT_EQ(slow_.state(), State::kIncomplete) << answer;
    slow_.Put(answer.substr(1));
    quick_.Begin(false, rules);
    quick_.Put(answer);
    EXPECT_EQ(WordsOf(quick_), WordsOf(slow_)) << answer;
    // The head, and the body in pieces.
    quick_.Begin(false, rules);
    quick_.Put(answer.substr(0, head->bytes + 1));
    for (size_t at = head->bytes + 1;
         at < answer.size() && quick_.state() == State::kIncomplete; at += 7) {
      quick_.Put(answer.substr(at, 7));
    }
    if (quick_.state() == State::kIncomplete) {
      EXPECT_EQ(WordsOf(quick_), WordsOf(slow_)) << answer;
      EXPECT_EQ(quick_.PutEnd(), slow_.PutEnd()) << answer;
      EXPECT_EQ(quick_.fault().has_value(), slow_.fault().has_value());
    }
    EXPECT_EQ(quick_.state(), slow_.state());
    EXPECT_EQ(quick_.bytes(), slow_.bytes());
    EXPECT_EQ(quick_.body().bytes(), slow_.body().bytes());
    return true;
  }

 private:
  AnswerParser quick_;
  AnswerParser slow_;
};

class PlainHeadAgreementTest : public testing::Test {
 protected:
  PlainHeadAgreementTest() {
    source_.kind = ColdStartSource::Kind::kHeader;
    source_.header = "x-cold";
  }

  void Compare(absl::string_view answer) {
    ++compared_;
    if (comparison_.Of(answer, {})) ++plain_;
    comparison_.Of(answer, {&source_, {}});
    comparison_.Of(answer, {nullptr, kExpected});
  }

  static constexpr uint16_t kExpected[] = {403, 503};

  ColdStartSource source_;
  Comparison comparison_;
  int compared_ = 0;
  int plain_ = 0;
};

TEST_F(PlainHeadAgreementTest, WithEveryByteChangedLostOrAdded) {
  for (const absl::string_view answer : kAnswers) {
    Compare(answer);
    ASSERT_EQ(plain_, compared_);
    for (size_t at = 0; at < answer.size(); ++at) {
      const absl::string_view front = answer.substr(0, at);
      const absl::string_view back = answer.substr(at + 1);
      Compare(front);
      Compare(absl::StrCat(front, back));
      Compare(absl::StrCat(front, answer.substr(at, 1), answer.substr(at)));
      for (const char odd : kOdd) {
        const absl::string_view byte(&odd, 1);
        Compare(absl::StrCat(front, byte, back));
        Compare(absl::StrCat(front, byte, answer.substr(at)));
      }
    }
    plain_ = compared_ = 0;
  }
}

TEST_F(PlainHeadAgreementTest, WithLinesLostDoubledMovedAndMixed) {
  std::vector<std::string> more = {"Content-Length: 2",
                                   "Connection: close",
                                   "Connection: keep-alive, upgrade",
                                   "Proxy-Connection: keep-alive",
                                   "Transfer-Encoding: chunked",
                                   "Upgrade: h2c",
                                   "X-Cold: no",
                                   " folded",
                                   "HTTP/1.1 200 OK",
                                   "HTTP/1.1 100 Continue",
                                   "HTTP/1.1 204 No Content",
                                   ""};
  for (const absl::string_view answer : kAnswers) {
    for (const auto line : absl::StrSplit(answer, "\r\n")) {
      more.emplace_back(line);
    }
  }
  std::mt19937 random(1);
  const auto below = [&random](size_t limit) { return random() % limit; };
  for (int i = 0; i < 50'000; ++i) {
    std::vector<std::string> lines =
        absl::StrSplit(kAnswers[below(std::size(kAnswers))], "\r\n");
    for (size_t changes = below(3) + 1; changes > 0; --changes) {
      const auto at =
          lines.begin() + static_cast<ptrdiff_t>(below(lines.size()));
      switch (below(4)) {
        case 0:
          if (lines.size() > 1) lines.erase(at);
          break;
        case 1:
          lines.insert(at, *at);
          break;
        case 2:
          std::swap(*at, lines[below(lines.size())]);
          break;
        default:
          lines.insert(at, more[below(more.size())]);
      }
    }
    Compare(absl::StrJoin(lines, "\r\n"));
  }
  // Else this would compare nothing.
  EXPECT_GT(plain_, compared_ / 10);
  EXPECT_LT(plain_, compared_ / 10 * 9);
}

}  // namespace
}  // namespace invocator
