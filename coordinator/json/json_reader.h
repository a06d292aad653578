// Reads JSON text into values. Accepts comments and trailing commas, reports
// duplicate keys, and gives line and column of syntax errors.
#ifndef INVOCATOR_COORDINATOR_JSON_JSON_READER_H_
#define INVOCATOR_COORDINATOR_JSON_JSON_READER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/json/json.h"
#include "coordinator/json/number_tokens.h"

namespace invocator {

// Receives the text's values in order. A callback returns false to stop.
class JsonEvents : public nlohmann::json_sax<Json> {
 public:
  // A number as it was written, and its value: a 64-bit integer, a double, or
  // null if it fits neither.
  virtual bool number(absl::string_view digits, const Json& value) = 0;

  bool number_integer(number_integer_t value) final {
    return NextNumber(value);
  }
  bool number_unsigned(number_unsigned_t value) final {
    return NextNumber(value);
  }
  bool number_float(number_float_t value, const string_t&) final {
    return NextNumber(value);
  }
  bool binary(binary_t&) final { return false; }  // never in JSON text

  // Used by ReadJsonEvents.
  bool parse_error(size_t position, const std::string& last_token,
                   const nlohmann::detail::exception& error) final;
  struct SyntaxError {
    bool found = false;
    bool within_token = false;  // else between tokens
    size_t offset = 0;
    std::string what;
  };
  const SyntaxError& syntax_error() const { return syntax_error_; }
  void SetText(absl::string_view text) { numbers_ = NumberTokens(text); }

 protected:
  // Stops with an error for the current number. Returns false.
  bool RefuseNumber(absl::string_view digits);

 private:
  bool NextNumber(Json value);

  NumberTokens numbers_;
  SyntaxError syntax_error_;
};

// INVALID_ARGUMENT, "file:line:column: what", for text that is not JSON. OK
// when a callback stopped the reading.
absl::Status ReadJsonEvents(absl::string_view file, absl::string_view text,
                            JsonEvents& events);

struct JsonDocument {
  Json root;
  // Paths of members that repeat a key of their object; `root` holds the first
  // of each.
  std::vector<std::string> duplicates;
};

// Errors as ReadJsonEvents, and INVALID_ARGUMENT for a number beyond a double
// outside of verbatim members.
absl::StatusOr<JsonDocument> ReadJson(absl::string_view file,
                                      absl::string_view text,
                                      const VerbatimMembers& verbatim = {});

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_JSON_READER_H_
