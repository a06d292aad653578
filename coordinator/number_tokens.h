// Finds the numbers of strict JSON text as they were written, since a parser
// tells their values alone: 1.10, -0 and 2^64 are not what a double or an
// integer makes of them. Pure.
#ifndef INVOCATOR_COORDINATOR_NUMBER_TOKENS_H_
#define INVOCATOR_COORDINATOR_NUMBER_TOKENS_H_

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

  // The next number outside of strings; empty at the text's end. Text that is
  // no JSON may give what is no number.
  absl::string_view Next();

  // Of the number that was found last, in the text.
  size_t offset() const { return offset_; }

 private:
  absl::string_view text_;
  size_t at_ = 0;
  size_t offset_ = 0;
};

// Whether `token` is a number of JSON's grammar beyond the largest double.
bool IsBeyondDouble(absl::string_view token);

// The same text with numbers of equal length for those beyond a double, which a
// parser would stop at; nullopt if there are none.
std::optional<std::string> WithinDoubles(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_NUMBER_TOKENS_H_
