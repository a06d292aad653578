// Any bytes: made valid UTF-8 without control characters, of bounded length,
// and such as stays what it is.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "common/words/foreign_text.h"
#include "common/words/utf8.h"
#include "coordinator/text/csv_field.h"
#include "coordinator/text/display_width.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t most = 4 + (size > 0 ? data[0] : 0);
  for (const std::string& line :
       {invocator::CleanLine(text), invocator::CleanLine(text, most)}) {
    if (invocator::FirstInvalidUtf8(line) ||
        invocator::HasControlCharacter(line) || !invocator::IsCleanLine(line) ||
        invocator::CleanLine(line) != line) {
      std::abort();
    }
  }
  if (invocator::CleanLine(text, most).size() > most) std::abort();
  if (invocator::FirstInvalidUtf8(invocator::CleanText(text)) ||
      invocator::FirstInvalidUtf8(invocator::ForeignCsvField(text))) {
    std::abort();
  }
  if (invocator::IsPlainCsvField(text) &&
      invocator::ForeignCsvField(text) != text) {
    std::abort();
  }
  if (invocator::DisplayWidth(invocator::FirstColumns(text, most)) > most) {
    std::abort();
  }
  return 0;
}
