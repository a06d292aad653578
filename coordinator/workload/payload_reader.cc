#include "coordinator/workload/payload_reader.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "coordinator/json/compact_json.h"
#include "coordinator/json/json_reader.h"

namespace invocator {
namespace {

// Writes what it reads, without building a tree: a tree would round numbers
// that fit neither 64 bits nor a double.
class BodyWriter final : public JsonEvents {
 public:
  PayloadSet Take() && { return std::move(bodies_); }
  bool root_is_list() const { return root_is_list_; }

  bool null() override { return Literal("null"); }
  bool boolean(bool value) override {
    return Literal(value ? "true" : "false");
  }
  bool number(absl::string_view digits, const Json&) override {
    return Literal(digits);
  }
  bool string(string_t& value) override {
    body_.String(value);
    return Finish();
  }
  bool start_object(size_t) override { return Open('{'); }
  bool end_object() override { return Close('}'); }
  bool key(string_t& key) override {
    body_.Key(key);
    return true;
  }

  bool start_array(size_t) override {
    if (body_.depth() == 0 && !root_is_list_) {
      root_is_list_ = true;
      return true;
    }
    return Open('[');
  }
  bool end_array() override {
    // The end of the root list ends no body.
    return body_.depth() == 0 || Close(']');
  }

 private:
  bool Literal(absl::string_view token) {
    body_.Literal(token);
    return Finish();
  }

  bool Open(char bracket) {
    body_.Open(bracket);
    return true;
  }

  bool Close(char bracket) {
    body_.Close(bracket);
    return Finish();
  }

  bool Finish() {
    if (body_.depth() == 0) bodies_.push_back(body_.Take());
    return true;
  }

  PayloadSet bodies_;
  CompactJson body_;
  bool root_is_list_ = false;
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
