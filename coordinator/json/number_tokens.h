// Finds the numbers in strict JSON text as they were written. A parser reports
// only their values, which loses the text of 1.10, -0 and numbers beyond 64
// bits. Pure.
#ifndef INVOCATOR_COORDINATOR_JSON_NUMBER_TOKENS_H_
#define INVOCATOR_COORDINATOR_JSON_NUMBER_TOKENS_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// Borrows the text.
class NumberTokens {
 public:
  NumberTokens() = default;
  explicit NumberTokens(absl::string_view text) : text_(text) {}

  // The next number outside of strings; empty at the text's end. For text that
  // is not JSON the result may not be a number.
  absl::string_view Next();

  // Offset in the text of the number that Next found last.
  size_t offset() const { return offset_; }

 private:
  absl::string_view text_;
  size_t at_ = 0;
  size_t offset_ = 0;
};

// Whether `token` is a number of JSON's grammar beyond the largest double.
bool IsBeyondDouble(absl::string_view token);

// The text with every number beyond a double, at which a parser would stop,
// replaced by one of equal length; nullopt without such numbers.
std::optional<std::string> WithinDoubles(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_NUMBER_TOKENS_H_
