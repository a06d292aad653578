#include "coordinator/json/json_reader.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "coordinator/json/compact_json.h"
#include "coordinator/json/strict_json.h"

namespace invocator {
namespace {

// Builds the tree. Members are appended, not looked for, so that an object of a
// million members costs no more than a million steps.
class TreeBuilder final : public JsonEvents {
 public:
  explicit TreeBuilder(const VerbatimMembers& verbatim) : verbatim_(verbatim) {}

  JsonDocument Take() && { return std::move(document_); }

  bool null() override { return Put(nullptr, "null"); }
  bool boolean(bool value) override {
    return Put(value, value ? "true" : "false");
  }
  bool number(absl::string_view digits, const Json& value) override {
    if (!copies() && value.is_null()) return RefuseNumber(digits);
    return Put(value, digits);
  }
  bool string(string_t& value) override {
    if (!copies()) return Put(std::move(value), "");
    copy_.String(value);
    return EndCopy();
  }
  bool start_object(size_t) override { return Open(Json::object(), '{'); }
  bool start_array(size_t) override { return Open(Json::array(), '['); }
  bool end_object() override { return Close('}'); }
  bool end_array() override { return Close(']'); }

  bool key(string_t& key) override {
    Frame& top = frames_.back();
    if (top.node == nullptr) copy_.Key(key);
    top.key = std::move(key);
    top.key_is_duplicate = !top.keys.insert(top.key).second;
    if (top.key_is_duplicate) document_.duplicates.push_back(Path());
    return true;
  }

 private:
  struct Frame {
    Json* node;  // null within what is copied
    bool is_object;
    size_t elements = 0;
    std::string key;  // of the member being read
    bool key_is_duplicate = false;
    absl::flat_hash_set<std::string> keys;
  };

  // Whether the value being read is copied as text, not built.
  bool copies() const {
    return (!frames_.empty() && frames_.back().node == nullptr) || BeginsCopy();
  }

  bool BeginsCopy() const {
    const size_t depth = frames_.size();
    if ((depth != 3 && depth != 5) || verbatim_.top.empty() ||
        frames_.back().key != verbatim_.key ||
        frames_[0].key != verbatim_.top ||
        (depth == 5 &&
         (verbatim_.below.empty() || frames_[2].key != verbatim_.below))) {
      return false;
    }
    return std::all_of(frames_.begin(), frames_.end(),
                       [](const Frame& frame) { return frame.is_object; });
  }

  bool EndCopy() {
    if (copy_.depth() == 0) Append(Verbatim(copy_.Take()));
    return true;
  }

  Json* Append(Json value) {
    if (frames_.empty()) return &(document_.root = std::move(value));
    Frame& top = frames_.back();
    if (!top.is_object) {
      top.node->push_back(std::move(value));
      return &top.node->back();
    }
    if (top.key_is_duplicate) return &dropped_.emplace_back(std::move(value));
    auto& members = top.node->get_ref<Json::object_t&>();
    members.emplace_back(top.key, std::move(value));
    return &members.back().second;
  }

  void Count() {
    if (!frames_.empty()) ++frames_.back().elements;
  }

  bool Put(Json value, absl::string_view token) {
    Count();
    if (copies()) {
      copy_.Literal(token);
      return EndCopy();
    }
    Append(std::move(value));
    return true;
  }

  bool Open(Json container, char bracket) {
    Count();
    Json* node = nullptr;
    if (copies()) {
      copy_.Open(bracket);
    } else {
      node = Append(std::move(container));
    }
    frames_.push_back(Frame{node, bracket == '{', 0, {}, false, {}});
    return true;
  }

  bool Close(char bracket) {
    const bool copied = frames_.back().node == nullptr;
    frames_.pop_back();
    if (!copied) return true;
    copy_.Close(bracket);
    return EndCopy();
  }

  std::string Path() const {
    std::string path;
    for (const Frame& frame : frames_) {
      path = frame.is_object ? MemberPath(path, frame.key)
                             : ElementPath(path, frame.elements - 1);
    }
    return path;
  }

  const VerbatimMembers verbatim_;
  JsonDocument document_;
  CompactJson copy_;
  // A frame's node stays where it is: its parent does not grow meanwhile.
  std::vector<Frame> frames_;
  std::deque<Json> dropped_;
};

std::string TooLarge(absl::string_view number) {
  return absl::StrCat("number ", ShortQuote(number),
                      " is too large to be represented");
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '+' || c == '-' || c == '.';
}

// The word that holds the character at `offset`; may be empty.
absl::string_view WordAt(absl::string_view text, size_t offset) {
  size_t begin = offset;
  while (begin > 0 && IsWordCharacter(text[begin - 1])) --begin;
  size_t end = offset;
  while (end < text.size() && IsWordCharacter(text[end])) ++end;
  return text.substr(begin, end - begin);
}

// Length of a token that was read whole. The library's own text of a bracket or
// a literal begins with what came before it.
size_t TokenLength(absl::string_view last_token) {
  if (last_token.empty()) return 1;
  if (absl::StrContains("{}[]:,", last_token.substr(last_token.size() - 1))) {
    return 1;
  }
  for (absl::string_view literal : {"true", "false", "null"}) {
    if (absl::EndsWith(last_token, literal)) return literal.size();
  }
  return last_token.size();
}

}  // namespace

bool JsonEvents::NextNumber(Json value) {
  const absl::string_view digits = numbers_.Next();
  return number(digits, IsBeyondDouble(digits) ? Json() : std::move(value));
}

bool JsonEvents::RefuseNumber(absl::string_view digits) {
  syntax_error_.found = true;
  syntax_error_.offset = numbers_.offset();
  syntax_error_.what = TooLarge(digits);
  return false;
}

bool JsonEvents::parse_error(size_t position, const std::string& last_token,
                             const nlohmann::detail::exception& error) {
  // The library's words, without its tag and position.
  std::string words = error.what();
  const size_t start = words.find("syntax error ");
  if (start != std::string::npos) words = words.substr(start);
  if (absl::StrContains(words, "number overflow")) {
    words = TooLarge(last_token);
  }
  // `position` counts the characters read. A token that was read whole but came
  // at the wrong place is pointed at by its start, any other by its last
  // character.
  const std::string kLastRead = "; last read: '";
  const size_t last_read = words.find(kLastRead);
  size_t back = 1;
  if (last_read != std::string::npos) {
    syntax_error_.within_token = true;
    words.erase(last_read, kLastRead.size() + last_token.size() + 1);
  } else if (!absl::StrContains(words, "unexpected end of input")) {
    back = TokenLength(last_token);
  }
  syntax_error_.found = true;
  syntax_error_.offset = position - std::min(position, back);
  syntax_error_.what = std::move(words);
  return false;
}

absl::Status ReadJsonEvents(absl::string_view file, absl::string_view text,
                            JsonEvents& events) {
  absl::StatusOr<std::string> strict = StrictJson(file, text);
  if (!strict.ok()) return strict.status();
  // The parser refuses numbers beyond a double; here that is for those who
  // take the events to decide.
  events.SetText(*strict);
  const std::optional<std::string> within = WithinDoubles(*strict);
  Json::sax_parse(within ? *within : *strict, &events);
  const JsonEvents::SyntaxError& error = events.syntax_error();
  if (!error.found) return absl::OkStatus();

  const size_t offset = std::min(error.offset, text.size());
  const absl::string_view word = WordAt(text, offset);
  std::string what = error.what;
  if (error.within_token && !word.empty()) {
    absl::StrAppend(&what, ", found ", ShortQuote(word));
  }
  if (word == "NaN" || word == "Infinity" || word == "-Infinity") {
    absl::StrAppend(&what, "; JSON has no NaN or Infinity");
  }
  return absl::InvalidArgumentError(
      absl::StrCat(JsonPosition(file, text, offset), ": ", what));
}

absl::StatusOr<JsonDocument> ReadJson(absl::string_view file,
                                      absl::string_view text,
                                      const VerbatimMembers& verbatim) {
  TreeBuilder builder(verbatim);
  absl::Status status = ReadJsonEvents(file, text, builder);
  if (!status.ok()) return status;
  return std::move(builder).Take();
}

}  // namespace invocator
