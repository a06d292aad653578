// Suggests a known word for a misspelled one.
#ifndef INVOCATOR_COORDINATOR_JSON_SUGGESTION_H_
#define INVOCATOR_COORDINATOR_JSON_SUGGESTION_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace invocator {

// The known word nearest to `word` by edit distance, ignoring case; a prefix of
// a known word counts as near. nullopt if none is near.
std::optional<absl::string_view> NearestWord(
    absl::string_view word, absl::Span<const absl::string_view> known);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_SUGGESTION_H_
