#include "worker/exchange/answer_parser.h"

#include <algorithm>
#include <array>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/words/short_text.h"
#include "worker/exchange/answer_judge.h"
#include "worker/exchange/head_fault.h"
#include "worker/exchange/plain_head.h"

namespace invocator {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
// Not absl's, but the same.
using BeastView = boost::beast::string_view;

absl::string_view View(BeastView text) { return {text.data(), text.size()}; }

// Longest reason phrase shown in messages.
constexpr size_t kShownReason = 47;
constexpr size_t kShownLine = sizeof("HTTP/1.1 200 ") - 1 + kShownReason;

class BeastParser final : public http::basic_parser<false> {
 public:
  BeastParser(const AnswerRules& rules, ResponseFacts& facts, KeptBody& body,
              uint64_t& body_bytes, bool to_head)
      : rules_(rules),
        facts_(facts),
        body_(body),
        body_bytes_(body_bytes),
        to_head_(to_head) {
    skip(to_head);
    // Not boost::none: 1.74 takes every length for larger than that.
    body_limit(std::numeric_limits<uint64_t>::max());
    header_limit(AnswerParser::kMaxHeadBytes);
  }

  bool awaits_first_chunk() const {
    return is_header_done() && chunked() && !any_chunk_;
  }
  // The rule broken by a header that Beast would have accepted.
  absl::string_view rule() const { return rule_; }
  // REQUIRES: its status line was parsed
  std::string StatusLine() const {
    return absl::StrCat("HTTP/1.", version_ % 10, " ", facts_.status,
                        reason_.view().empty() ? "" : " ", reason_.view());
  }

 private:
  void on_request_impl(http::verb, BeastView, BeastView, int,
                       error_code&) override {}
  void on_response_impl(int code, BeastView reason, int version,
                        error_code& error) override {
    facts_.Clear();
    version_ = version;
    reason_.Set(View(reason));
    facts_.status = static_cast<uint16_t>(code);
    if (code < 100) error = http::error::bad_status;
  }
  void on_field_impl(http::field field, BeastView name, BeastView value,
                     error_code& error) override {
    if (field == http::field::transfer_encoding && !to_head_ &&
        MayHaveBody(facts_.status)) {
      rule_ = FindEncodingFault(View(value), version_ == 10);
      if (!rule_.empty()) error = http::error::bad_transfer_encoding;
    }
    AddHeader(View(name), View(value), rules_.cold_start_source, facts_);
  }
  void on_header_impl(error_code&) override {
    body_.Begin(BodyBytesToKeep(facts_, rules_));
  }
  void on_body_init_impl(const boost::optional<uint64_t>&,
                         error_code&) override {}
  size_t on_body_impl(BeastView body, error_code&) override {
    body_bytes_ += body.size();
    body_.Add(View(body));
    return body.size();
  }
  void on_chunk_header_impl(uint64_t, BeastView, error_code&) override {
    any_chunk_ = true;
  }
  size_t on_chunk_body_impl(uint64_t, BeastView body, error_code&) override {
    body_bytes_ += body.size();
    body_.Add(View(body));
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  const AnswerRules& rules_;
  ResponseFacts& facts_;
  KeptBody& body_;
  uint64_t& body_bytes_;
  const bool to_head_;
  bool any_chunk_ = false;
  int version_ = 11;
  ShortText<kShownReason> reason_;
  absl::string_view rule_;
};

// "0", a line break and a blank line.
constexpr size_t kLastChunkBytes = 5;

constexpr absl::string_view kProtocol = "HTTP/1.";

// "HTTP/1.1 200", and a blank has to follow, even if no reason does.
constexpr size_t kBlankAt = 12;

bool LacksBlank(absl::string_view status_line) {
  return status_line.size() > kBlankAt && status_line[kBlankAt] == '\r' &&
         absl::StartsWith(status_line, kProtocol);
}

// Rules that only Beast's head and chunk parsers check.
std::string RuleOf(const error_code& error) {
  if (error == http::error::bad_content_length) {
    return "Content-Length is one number, without Transfer-Encoding";
  }
  if (error == http::error::bad_transfer_encoding) {
    return "Transfer-Encoding comes once, without Content-Length";
  }
  if (error == http::error::bad_chunk) {
    return "a chunk begins with its size in hexadecimal, and ends with CR LF";
  }
  return error.message();
}

// 1xx except 101, after which the peer speaks another protocol.
bool IsInterim(uint16_t status) { return status < 200 && status != 101; }

}  // namespace

// Beast's parser is for one message. None until an answer needs it.
class AnswerParser::Message {
 public:
  std::optional<BeastParser> parser;
};

AnswerParser::AnswerParser() : message_(std::make_unique<Message>()) {
  Begin(false);
}

AnswerParser::~AnswerParser() = default;

void AnswerParser::Begin(bool to_head, const AnswerRules& rules) {
  to_head_ = to_head;
  rules_ = rules;
  state_ = State::kIncomplete;
  facts_.Clear();
  head_bytes_ = 0;
  body_bytes_ = 0;
  at_start_ = true;
  in_head_ = true;
  keep_alive_ = false;
  came_ = 0;
  rest_.clear();
  fault_.reset();
  body_.Begin(0);
  plain_left_.reset();
  message_->parser.reset();
}

void AnswerParser::BeginMessage() {
  message_->parser.emplace(rules_, facts_, body_, body_bytes_, to_head_);
}

bool AnswerParser::TakePlainHead(absl::string_view bytes) {
  const std::optional<PlainHead> head =
      ReadPlainHead(bytes, rules_.cold_start_source, facts_);
  if (!head) {
    facts_.Clear();
    return false;
  }
  in_head_ = false;
  head_bytes_ = head->bytes;
  plain_left_ = head->content_length;
  body_.Begin(BodyBytesToKeep(facts_, rules_));
  return true;
}

AnswerParser::State AnswerParser::PutPlainBody(absl::string_view bytes) {
  const absl::string_view body = bytes.substr(0, *plain_left_);
  body_.Add(body);
  body_bytes_ += body.size();
  *plain_left_ -= body.size();
  if (*plain_left_ > 0) return state_;
  keep_alive_ = body.size() == bytes.size();
  return state_ = State::kComplete;
}

AnswerParser::State AnswerParser::Put(absl::string_view bytes) {
  const bool is_first = came_ == 0;
  came_ += bytes.size();
  if (plain_left_) return PutPlainBody(bytes);
  if (is_first) {
    if (!to_head_ && TakePlainHead(bytes)) {
      return PutPlainBody(bytes.substr(head_bytes_));
    }
    BeginMessage();
  }
  size_t taken = 0;
  if (rest_.empty()) {
    state_ = PutAll(bytes, taken);
    if (state_ == State::kIncomplete) {
      rest_.assign(bytes.data() + taken, bytes.size() - taken);
    }
  } else {
    rest_.append(bytes.data(), bytes.size());
    state_ = PutAll(rest_, taken);
    rest_.erase(0, taken);
  }
  if (state_ != State::kIncomplete) return state_;
  in_head_ = !message_->parser->is_header_done();
  if (in_head_) RefuseBareLf(bytes.size());
  if (rest_.size() + head_bytes_ > kMaxHeadBytes) SetTooLarge();
  if (in_head_ && facts_.status == 0) {
    // Beast may not have looked at a status line that came in pieces, and no
    // more may come.
    const size_t line_end = rest_.find("\r\n");
    if (line_end != std::string::npos) {
      AddHeaderLine(absl::string_view(rest_).substr(0, line_end),
                    rules_.cold_start_source, facts_);
    }
  }
  return state_;
}

AnswerParser::State AnswerParser::PutAll(absl::string_view bytes,
                                         size_t& taken) {
  while (taken < bytes.size()) {
    BeastParser& parser = *message_->parser;
    const bool in_head = !parser.is_header_done();
    if (at_start_ && LacksBlank(bytes.substr(taken))) {
      if (bytes.size() - taken < kBlankAt + 2) return State::kIncomplete;
      if (!PutWithBlank(bytes.substr(taken, kBlankAt + 2))) {
        SetFault(bytes, {taken, taken, true, true}, "bad status line");
        return State::kBroken;
      }
      taken += kBlankAt + 2;
      continue;
    }
    if (parser.awaits_first_chunk() && bytes[taken] == '0' &&
        bytes.size() - taken < kLastChunkBytes) {
      return State::kIncomplete;  // Beast asserts that it has the whole chunk
    }
    const bool at_start = at_start_;
    error_code error;
    const size_t n = parser.put(
        boost::asio::const_buffer(bytes.data() + taken, bytes.size() - taken),
        error);
    taken += n;
    if (n > 0) at_start_ = false;
    if (in_head) head_bytes_ += n;
    if (error == http::error::need_more) {
      // Beast waits for a blank line before it looks again at an undecided
      // start; a peer that does not speak HTTP may never send one.
      const absl::string_view start = bytes.substr(taken, kProtocol.size());
      const bool is_http =
          facts_.status != 0 || start == kProtocol.substr(0, start.size());
      if (is_http) return State::kIncomplete;
      SetFault(bytes, {taken - n, taken, true, at_start}, "not HTTP/1.x");
      return State::kBroken;
    }
    if (error == http::error::header_limit || head_bytes_ > kMaxHeadBytes) {
      SetTooLarge();
      return State::kBroken;
    }
    if (error) {
      SetFault(
          bytes, {taken - n, taken, in_head, at_start},
          parser.rule().empty() ? RuleOf(error) : std::string(parser.rule()));
      return State::kBroken;
    }
    if (!parser.is_done()) continue;
    if (IsInterim(facts_.status)) {
      BeginMessage();
      at_start_ = true;
      continue;
    }
    in_head_ = false;
    keep_alive_ =
        parser.keep_alive() && facts_.status != 101 && taken == bytes.size();
    return State::kComplete;
  }
  return State::kIncomplete;
}

bool AnswerParser::PutWithBlank(absl::string_view status_line) {
  BeginMessage();  // anew: Beast may have begun to wait for a blank line
  std::array<char, kBlankAt + 3> mended;
  const auto blank = std::copy_n(status_line.data(), kBlankAt, mended.begin());
  *blank = ' ';
  std::copy(status_line.begin() + kBlankAt, status_line.end(), blank + 1);
  error_code error;
  message_->parser->put(boost::asio::const_buffer(mended.data(), mended.size()),
                        error);
  at_start_ = false;
  head_bytes_ += status_line.size();
  return error == http::error::need_more;  // for the header lines
}

AnswerParser::State AnswerParser::PutEnd() {
  // A parser without any input must not be asked.
  const bool ends_so = !in_head() && !plain_left_ &&
                       message_->parser->need_eof() && rest_.empty();
  if (ends_so) return state_ = State::kComplete;
  if (in_head() && FindHeadFault(rest_, at_start_)) {
    SetFault(rest_, {0, 0, true, at_start_}, "");
  }
  return state_ = State::kBroken;
}

bool AnswerParser::in_head() const {
  if (plain_left_) return false;
  return !message_->parser || !message_->parser->is_header_done();
}

std::optional<uint64_t> AnswerParser::body_bytes_left() const {
  if (plain_left_) return plain_left_;
  if (in_head()) return std::nullopt;
  const auto left = message_->parser->content_length_remaining();
  if (!left) return std::nullopt;
  return *left;
}

void AnswerParser::SetFault(absl::string_view bytes, const Refusal& refusal,
                            std::string error) {
  Fault& fault = fault_.emplace();
  fault.offset = refusal.at;
  fault.rule = std::move(error);
  if (!refusal.at_start) fault.status_line = message_->parser->StatusLine();
  if (refusal.in_head) {
    const absl::string_view head = bytes.substr(refusal.from);
    if (refusal.at_start) {
      fault.status_line = std::string(
          head.substr(0, std::min(head.find_first_of("\r\n"), kShownLine)));
    }
    std::optional<HeadFault> found = FindHeadFault(head, refusal.at_start);
    if (found) {
      fault.offset = refusal.from + found->offset;
      fault.rule = std::move(found->rule);
    }
  } else if (absl::StartsWith(bytes.substr(refusal.at), "\r\n")) {
    fault.offset += 2;  // the end of the chunk before it was right
  }
  fault.offset += came_ - bytes.size();
}

void AnswerParser::SetTooLarge() {
  state_ = State::kBroken;
  fault_ = {kMaxHeadBytes, "header lines exceed 256 KiB", "",
            /*too_large=*/true};
}

void AnswerParser::RefuseBareLf(size_t new_bytes) {
  const size_t known = rest_.size() - std::min(rest_.size(), new_bytes);
  for (size_t at = rest_.find('\n', known); at != std::string::npos;
       at = rest_.find('\n', at + 1)) {
    if (at > 0 && rest_[at - 1] == '\r') continue;
    state_ = State::kBroken;
    SetFault(rest_, {0, at, true, at_start_}, "a line ends with LF alone");
    return;
  }
}

}  // namespace invocator
