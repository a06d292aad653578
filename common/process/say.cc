#include "common/process/say.h"

#include "absl/strings/str_cat.h"
#include "common/process/output.h"
#include "common/words/foreign_text.h"

namespace invocator {

void Say(absl::string_view text) {
  CurrentOutput().OnMessage(absl::StrCat(CleanText(text), "\n"));
}

void SayError(absl::string_view text) {
  CurrentOutput().OnError(absl::StrCat("invocator: ", CleanText(text), "\n"));
}

absl::Status Print(absl::string_view text) {
  return CurrentOutput().OnText(CleanText(text));
}

}  // namespace invocator
