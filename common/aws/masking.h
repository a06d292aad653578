// Placeholders for the secrets in answers that are printed or kept. Pure.
#ifndef INVOCATOR_COMMON_AWS_MASKING_H_
#define INVOCATOR_COMMON_AWS_MASKING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

inline constexpr char kMaskedToken[] = "(session token)";
inline constexpr char kMasked[] = "(secret)";

// A text with kMaskedToken in the place of every session token that is named as
// one, in AWS's canonical string as in an echo of the request, and kMasked in
// that of signatures; also of one that the end of `text` cuts.
std::string MaskSessionTokens(absl::string_view text);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_AWS_MASKING_H_
