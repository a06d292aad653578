#include "coordinator/payload_reader.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "coordinator/json_reader.h"

namespace invocator {
namespace {

// Writes what it reads, without building a tree: a tree would round numbers
// that fit neither 64 bits nor a double.
class BodyWriter final : public JsonEvents {
 public:
  PayloadSet Take() && { return std::move(bodies_); }
  bool root_is_list() const { return root_is_list_; }

  bool null() override { return Scalar("null"); }
  bool boolean(bool value) override { return Scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return Scalar(absl::StrCat(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Scalar(absl::StrCat(value));
  }
  bool number_float(number_float_t, const string_t& digits) override {
    return Scalar(digits);
  }
  bool string(string_t& value) override { return Scalar(Json(value).dump()); }
  bool start_object(size_t) override { return Open('{'); }
  bool end_object() override { return Close('}'); }
  bool end_array() override { return Close(']'); }

  bool start_array(size_t) override {
    if (depth_ == 0 && !root_is_list_) {
      root_is_list_ = true;
      return true;
    }
    return Open('[');
  }

  bool key(string_t& key) override {
    Separate();
    absl::StrAppend(&body_, Json(key).dump(), ":");
    after_key_ = true;
    return true;
  }

 private:
  void Separate() {
    if (depth_ > 0 && !after_key_ && !first_) body_ += ',';
    after_key_ = false;
    first_ = false;
  }

  bool Scalar(absl::string_view text) {
    Separate();
    absl::StrAppend(&body_, text);
    return Finish();
  }

  bool Open(char bracket) {
    Separate();
    body_ += bracket;
    ++depth_;
    first_ = true;
    return true;
  }

  bool Close(char bracket) {
    if (depth_ == 0) return true;  // the end of the root list
    body_ += bracket;
    --depth_;
    first_ = false;
    return Finish();
  }

  bool Finish() {
    if (depth_ == 0) bodies_.push_back(std::exchange(body_, {}));
    return true;
  }

  PayloadSet bodies_;
  std::string body_;
  int depth_ = 0;  // within the body
  bool root_is_list_ = false;
  bool after_key_ = false;
  bool first_ = true;  // in its container
};

}  // namespace

absl::StatusOr<PayloadSet> ReadPayloads(absl::string_view file,
                                        absl::string_view text) {
  BodyWriter writer;
  absl::Status status = ReadJsonEvents(file, text, writer);
  if (!status.ok()) return status;
  const bool is_list = writer.root_is_list();
  PayloadSet bodies = std::move(writer).Take();
  if (bodies.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": is an empty list, expected at least one body"));
  }
  for (size_t i = 0; i < bodies.size(); ++i) {
    if (bodies[i].size() <= kMaxBodyBytes) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        file, ": ", is_list ? absl::StrCat("body ", i, " of the list") : "body",
        " has ", bodies[i].size(), " bytes, expected at most ", kMaxBodyBytes));
  }
  return bodies;
}

}  // namespace invocator
