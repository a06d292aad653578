// Reads JSON text into values: comments and trailing commas are accepted,
// duplicate keys are found, syntax errors carry line and column.
#ifndef INVOCATOR_COORDINATOR_JSON_READER_H_
#define INVOCATOR_COORDINATOR_JSON_READER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/json.h"

namespace invocator {

// Receives the text's values in order. A callback returns false to stop.
class JsonEvents : public nlohmann::json_sax<Json> {
 public:
  bool binary(binary_t&) override { return false; }  // not of JSON text

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

 private:
  SyntaxError syntax_error_;
};

// INVALID_ARGUMENT, "file:line:column: what", for text that is not JSON. OK
// when a callback stopped the reading.
absl::Status ReadJsonEvents(absl::string_view file, absl::string_view text,
                            JsonEvents& events);

struct JsonDocument {
  Json root;
  // Paths of members whose key their object had already; `root` holds the
  // first of each.
  std::vector<std::string> duplicates;
};

// Errors as ReadJsonEvents.
absl::StatusOr<JsonDocument> ReadJson(absl::string_view file,
                                      absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_READER_H_
