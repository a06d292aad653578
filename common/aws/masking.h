// Masking of secrets in answers that are printed or kept. Pure.
#ifndef INVOCATOR_COMMON_AWS_MASKING_H_
#define INVOCATOR_COMMON_AWS_MASKING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

inline constexpr char kMaskedToken[] = "(session token)";
inline constexpr char kMasked[] = "(secret)";

// Replaces every session token in `text` by kMaskedToken and every signature by
// kMasked, even one that the end of `text` cuts. Recognizes tokens by their
// names, in AWS's canonical string as in an echo of the request.
std::string MaskSessionTokens(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_MASKING_H_
