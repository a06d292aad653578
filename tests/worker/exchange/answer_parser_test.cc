#include "worker/exchange/answer_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

using State = AnswerParser::State;

struct Taken {
  State state = State::kIncomplete;
  int status = 0;
  std::string request_id;
  uint64_t bytes = 0;
  bool keep_alive = false;

  friend bool operator==(const Taken&, const Taken&) = default;
};

Taken TakenBy(const AnswerParser& parser) {
  return {parser.state(), parser.facts().status,
          std::string(parser.facts().request_id.view()), parser.bytes(),
          parser.state() == State::kComplete && parser.keep_alive()};
}

// That one is broken may show later when it comes in pieces, but it must show
// by its end.
void ExpectAgreement(AnswerParser& pieces, const Taken& whole,
                     const std::string& how) {
  if (whole.state == State::kBroken) {
    EXPECT_EQ(
        pieces.state() == State::kIncomplete ? pieces.PutEnd() : pieces.state(),
        State::kBroken)
        << how;
  } else {
    EXPECT_EQ(TakenBy(pieces), whole) << how;
  }
}

// Whole, then in two pieces cut at every byte, then byte by byte: nothing may
// depend on how an answer comes.
Taken TakeHowever(absl::string_view answer, bool to_head = false) {
  AnswerParser parser;
  parser.Begin(to_head);
  parser.Put(answer);
  const Taken whole = TakenBy(parser);
  for (size_t cut = 1; cut < answer.size(); ++cut) {
    parser.Begin(to_head);
    if (parser.Put(answer.substr(0, cut)) == State::kIncomplete) {
      parser.Put(answer.substr(cut));
      ExpectAgreement(parser, whole, absl::StrCat("cut at ", cut));
    }
  }
  parser.Begin(to_head);
  for (const char& byte : answer) {
    if (parser.Put({&byte, 1}) != State::kIncomplete) break;
  }
  ExpectAgreement(parser, whole, "byte by byte");
  return whole;
}

constexpr char kChunked[] =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;ext=\"q\"\r\nabcde\r\n10\r\n0123456789abcdef\r\n0\r\nX-T: 1\r\n\r\n";

struct AnswerCase {
  const char* name;
  const char* bytes;
  State state;
  int status;
  bool keep_alive;
};

constexpr AnswerCase kAnswers[] = {
    {"a length",
     "HTTP/1.1 200 OK\r\nx-amzn-RequestId: r\r\nContent-Length: 3\r\n\r\nabc",
     State::kComplete, 200, true},
    {"no body", "HTTP/1.1 204 No Content\r\n\r\n", State::kComplete, 204, true},
    {"nothing modified", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n",
     State::kComplete, 304, true},
    {"chunks, extensions and trailers", kChunked, State::kComplete, 200, true},
    {"interim answers",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\n"
     "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
     State::kComplete, 500, true},
    {"another protocol from now on",
     "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", State::kComplete, 101,
     false},
    {"no chunk but the last",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     State::kComplete, 200, true},
    {"an announced close",
     "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
     State::kComplete, 200, false},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab",
     State::kComplete, 200, false},
    {"HTTP/1.0 that keeps alive",
     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
     State::kComplete, 200, true},
    {"a body that ends with its connection", "HTTP/1.1 200 OK\r\n\r\nab",
     State::kIncomplete, 200, false},
    {"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
     State::kIncomplete, 200, false},
    {"half a head", "HTTP/1.1 404 Not Found\r\nContent-Le", State::kIncomplete,
     404, false},
    {"no blank after the code", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab",
     State::kComplete, 200, true},
    {"no blank after any code",
     "HTTP/1.1 103\r\nLink: a\r\n\r\nHTTP/1.0 404\r\nContent-Length: 0\r\n\r\n",
     State::kComplete, 404, false},
    {"no blank, and a code that is none", "HTTP/1.1 2x0\r\n\r\n",
     State::kBroken, 0, false},
    {"no blank, and half a line's end", "HTTP/1.1 200\rX: 1\r\n\r\n",
     State::kBroken, 0, false},
    {"no blank in a line of something else", "220 mail.tes\r\n", State::kBroken,
     0, false},
    {"something else", "220 mail.test ESMTP\r\n", State::kBroken, 0, false},
    {"HTTP/2", "HTTP/2 200 OK\r\n\r\n", State::kBroken, 0, false},
    {"no status", "HTTP/1.1 abc OK\r\n\r\n", State::kBroken, 0, false},
    {"a status below 100", "HTTP/1.1 099 x\r\n\r\n", State::kBroken, 99, false},
    {"a length that is no number",
     "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", State::kBroken, 200,
     false},
    {"a length beyond counting",
     "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
     State::kBroken, 200, false},
    {"two lengths",
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
     State::kBroken, 200, false},
    {"a length and chunks",
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"
     "\r\n1\r\na\r\n0\r\n\r\n",
     State::kBroken, 200, false},
    {"chunks and a length",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n"
     "\r\n1\r\na\r\n0\r\n\r\n",
     State::kBroken, 200, false},
    {"no content, in whatever coding",
     "HTTP/1.1 204 No Content\r\nTransfer-Encoding: gzip\r\n\r\n",
     State::kComplete, 204, true},
    {"nothing modified, in whatever coding",
     "HTTP/1.1 304 x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
     State::kComplete, 304, true},
    {"an interim answer in whatever coding",
     "HTTP/1.1 103 x\r\nTransfer-Encoding: gzip\r\n\r\n"
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
     State::kComplete, 200, true},
    {"a chunk of no size",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
     State::kBroken, 200, false},
    {"a chunk longer than it says",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n"
     "\r\n",
     State::kBroken, 200, false},
};

TEST(AnswerParserTest, AnAnswerIsTheSameHoweverItIsCut) {
  for (const AnswerCase& c : kAnswers) {
    SCOPED_TRACE(c.name);
    const Taken taken = TakeHowever(c.bytes);
    EXPECT_EQ(taken.state, c.state);
    EXPECT_EQ(taken.status, c.status);
    EXPECT_EQ(taken.keep_alive, c.keep_alive);
  }
}

// RFC 9112, 6.1: requests without a TE header allow no other coding, and each
// would leave the end of the body in doubt.
TEST(AnswerParserTest, ChunkedIsTheOnlyTransferEncoding) {
  const struct {
    const char* lines;
    uint64_t offset;
    const char* rule;
  } cases[] = {
      {"Transfer-Encoding: gzip\r\nContent-Length: 2\r\n", 17, "chunked and"},
      {"Content-Length: 2\r\nTransfer-Encoding: gzip\r\n", 36, "comes once"},
      {"Transfer-Encoding: gzip\r\n", 17, "chunked and"},
      {"A: b\r\nTransfer-Encoding: chunked, gzip\r\n", 23, "chunked and"},
      {"Transfer-Encoding: gzip, chunked\r\n", 17, "chunked and"},
      {"Transfer-Encoding: chunked, chunked\r\n", 17, "chunked and"},
      {"Transfer-Encoding: identity\r\nContent-Length: 2\r\n", 17,
       "chunked and"},
      {"Transfer-Encoding: xchunked\r\n", 17, "chunked and"},
      {"Transfer-Encoding:\r\nContent-Length: 2\r\n", 17, "chunked and"},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 45,
       "comes once"},
      {"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", 17,
       "chunked and"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.lines);
    const std::string answer =
        absl::StrCat("HTTP/1.1 200 OK\r\n", c.lines, "\r\nhi");
    EXPECT_EQ(TakeHowever(answer).state, State::kBroken);
    AnswerParser parser;
    parser.Begin(false);
    for (const char& byte : answer) {
      if (parser.Put({&byte, 1}) != State::kIncomplete) break;
    }
    ASSERT_TRUE(parser.fault().has_value());
    EXPECT_EQ(parser.fault()->offset, c.offset);
    EXPECT_THAT(parser.fault()->rule, testing::HasSubstr(c.rule));
    EXPECT_EQ(parser.fault()->status_line, "HTTP/1.1 200 OK");
  }
}

TEST(AnswerParserTest, Http10HasNoTransferEncoding) {
  AnswerParser parser;
  parser.Begin(false);
  EXPECT_EQ(parser.Put("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            State::kBroken);
  EXPECT_EQ(parser.fault()->rule, "HTTP/1.0 has no Transfer-Encoding");
}

TEST(AnswerParserTest, AFaultInABodyNamesTheStatusLine) {
  for (const char* line :
       {"HTTP/1.1 200 OK", "HTTP/1.1 200", "HTTP/1.1 404 Not Found"}) {
    const std::string head =
        absl::StrCat(line, "\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const bool in_pieces : {false, true}) {
      AnswerParser parser;
      parser.Begin(false);
      if (in_pieces) {
        parser.Put(head);
        parser.Put("hi\r\n");
      } else {
        parser.Put(head + "xyz\r\n");
      }
      ASSERT_TRUE(parser.fault().has_value());
      EXPECT_EQ(parser.fault()->status_line, line);
      EXPECT_EQ(parser.fault()->offset, head.size());
    }
  }
  AnswerParser parser;
  parser.Begin(false);
  parser.Put(absl::StrCat("HTTP/1.1 200 ", std::string(300, 'x'),
                          "\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"));
  ASSERT_TRUE(parser.fault().has_value());
  EXPECT_EQ(parser.fault()->status_line.size(), 60u);
}

TEST(AnswerParserTest, HeadsAndBodiesAreCountedAndFramesAreNot) {
  EXPECT_EQ(TakeHowever(kAnswers[0].bytes).bytes,
            absl::string_view(kAnswers[0].bytes).size());
  EXPECT_EQ(TakeHowever(kAnswers[0].bytes).request_id, "r");
  constexpr absl::string_view kShort = "HTTP/1.1 204\r\n\r\n";
  EXPECT_EQ(TakeHowever(kShort).bytes, kShort.size());
  const size_t head = absl::string_view(kChunked).find("\r\n\r\n") + 4;
  EXPECT_EQ(TakeHowever(kChunked).bytes, head + 5 + 16);
}

TEST(AnswerParserTest, AnAnswerToHeadHasNoBody) {
  for (const char* framing :
       {"Content-Length: 1000", "Transfer-Encoding: chunked"}) {
    const std::string answer =
        absl::StrCat("HTTP/1.1 200 OK\r\n", framing, "\r\n\r\n");
    EXPECT_EQ(TakeHowever(answer, /*to_head=*/true).state, State::kComplete);
    EXPECT_EQ(TakeHowever(answer).state, State::kIncomplete);
  }
}

// A server that ends at any byte: only what needs no more is an answer.
TEST(AnswerParserTest, AnEndIsAnAnswersOnlyWhereItMayBe) {
  for (const AnswerCase& c : kAnswers) {
    const absl::string_view bytes = c.bytes;
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      AnswerParser parser;
      parser.Begin(false);
      if (cut > 0) parser.Put(bytes.substr(0, cut));
      if (parser.state() != State::kIncomplete) continue;
      const bool whole_head =
          absl::string_view(c.name) == "a body that ends with its connection" &&
          cut >= bytes.size() - 2;
      EXPECT_EQ(parser.PutEnd(), whole_head ? State::kComplete : State::kBroken)
          << c.name << " cut at " << cut;
    }
  }
}

TEST(AnswerParserTest, WhatFollowsAnAnswerSpoilsTheConnection) {
  constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
  AnswerParser parser;
  parser.Begin(false);
  ASSERT_EQ(parser.Put(absl::StrCat(kOk, kOk)), State::kComplete);
  EXPECT_FALSE(parser.keep_alive());
  parser.Begin(false);
  ASSERT_EQ(parser.Put(kOk), State::kComplete);
  EXPECT_TRUE(parser.keep_alive());
}

TEST(AnswerParserTest, WhatFollowsAnAnswerIsNotCounted) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (const size_t cut : {size_t{5}, size_t{20}, head.size() - 1}) {
    AnswerParser parser;
    parser.Begin(false);
    parser.Put(head.substr(0, cut));
    ASSERT_EQ(parser.Put(head.substr(cut) + "more"), State::kComplete);
    EXPECT_EQ(parser.bytes(), head.size()) << cut;
  }
}

TEST(AnswerParserTest, ABodyIsNotStored) {
  AnswerParser parser;
  parser.Begin(false);
  parser.Put("HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n");
  const uint64_t head = parser.bytes();
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 64; ++i) {
    ASSERT_EQ(parser.Put(piece), State::kIncomplete);
  }
  EXPECT_EQ(parser.bytes(), head + 64 * piece.size());
}

// What a server could send for ever without coming to a body.
TEST(AnswerParserTest, HeadsHaveALimit) {
  struct {
    const char* name;
    std::string start;
    std::string repeated;
  } const cases[] = {
      {"a status line", "HTTP/1.1 200 ", "reason "},
      {"header lines", "HTTP/1.1 200 OK\r\n", "X-Header: some value\r\n"},
      {"one header line", "HTTP/1.1 200 OK\r\nX-Header: ", "some value "},
      {"interim answers", "", "HTTP/1.1 100 Continue\r\n\r\n"},
      {"a chunk's extension",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", "ext;"},
      {"trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
       "X-Trailer: t\r\n"},
  };
  for (const auto& c : cases) {
    AnswerParser parser;
    parser.Begin(false);
    if (!c.start.empty()) parser.Put(c.start);
    size_t sent = c.start.size();
    while (parser.state() == State::kIncomplete &&
           sent < 4 * AnswerParser::kMaxHeadBytes) {
      parser.Put(c.repeated);
      sent += c.repeated.size();
    }
    EXPECT_EQ(parser.state(), State::kBroken) << c.name;
    EXPECT_LT(sent, 2 * AnswerParser::kMaxHeadBytes) << c.name;
  }
}

TEST(AnswerParserTest, TheNextAnswerKnowsNothingOfABrokenOne) {
  AnswerParser parser;
  parser.Begin(false);
  ASSERT_EQ(parser.Put("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), State::kBroken);
  ASSERT_TRUE(parser.fault());
  parser.Begin(false);
  EXPECT_FALSE(parser.fault());
  EXPECT_EQ(parser.came(), 0u);
  EXPECT_TRUE(parser.in_head());
  EXPECT_EQ(parser.facts().status, 0);
  EXPECT_EQ(parser.Put("HTTP/1.1 204 No Content\r\n\r\n"), State::kComplete);
  EXPECT_FALSE(parser.fault());
}

}  // namespace
}  // namespace invocator
