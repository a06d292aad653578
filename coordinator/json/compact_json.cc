#include "coordinator/json/compact_json.h"

#include "absl/strings/str_cat.h"
#include "coordinator/json/json.h"

namespace invocator {

void CompactJson::Separate() {
  if (depth_ > 0 && !after_key_ && !first_) text_ += ',';
  after_key_ = false;
  first_ = false;
}

void CompactJson::Literal(absl::string_view token) {
  Separate();
  absl::StrAppend(&text_, token);
}

void CompactJson::String(const std::string& value) {
  Literal(Json(value).dump());
}

void CompactJson::Key(const std::string& key) {
  Separate();
  absl::StrAppend(&text_, Json(key).dump(), ":");
  after_key_ = true;
}

void CompactJson::Open(char bracket) {
  Separate();
  text_ += bracket;
  ++depth_;
  first_ = true;
}

void CompactJson::Close(char bracket) {
  text_ += bracket;
  --depth_;
  first_ = false;
}

}  // namespace invocator
