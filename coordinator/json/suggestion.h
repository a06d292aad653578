// Guesses which known word somebody meant.
#ifndef INVOCATOR_COORDINATOR_JSON_SUGGESTION_H_
#define INVOCATOR_COORDINATOR_JSON_SUGGESTION_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace invocator {

// The known word nearest to `word` by edit distance, upper and lower case being
// the same, and a beginning of it being near; nullopt when none is near.
std::optional<absl::string_view> NearestWord(
    absl::string_view word, absl::Span<const absl::string_view> known);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_SUGGESTION_H_
