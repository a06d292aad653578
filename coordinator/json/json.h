// The JSON value used for workloads: objects keep the file's order of keys.
#ifndef INVOCATOR_COORDINATOR_JSON_JSON_H_
#define INVOCATOR_COORDINATOR_JSON_JSON_H_

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

using Json = nlohmann::ordered_json;

// The members `top.*.key` and `top.*.below.*.key` of a document, whose values
// are kept as text.
struct VerbatimMembers {
  absl::string_view top;
  absl::string_view key;
  absl::string_view below = {};
};

// A value kept as compact JSON text, its numbers digit by digit. In a tree it
// has the library's binary type, which never comes from JSON text.
Json Verbatim(std::string text);
// REQUIRES: value.is_binary()
std::string VerbatimText(const Json& value);

// Compact, UTF-8 kept, cut to about 80 characters: for messages.
std::string ShortDump(const Json& value);

// `text` as a JSON string, cut likewise.
std::string ShortQuote(absl::string_view text);

// The path of a member of the object at `path`: `a.b`, or `a["b c"]` when the
// key is not a plain word. The top of a file has the empty path.
std::string MemberPath(absl::string_view path, absl::string_view key);

// `a[3]`.
std::string ElementPath(absl::string_view path, size_t index);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_JSON_H_
