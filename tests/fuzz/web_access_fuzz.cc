// What anybody may ask the live page's server: without the token there is
// neither page nor events, and no answer can be split into two.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "common/http/http_syntax.h"
#include "coordinator/web/access.h"

// The request line, then header lines.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  invocator::AccessRules rules;
  rules.token = std::string(63, 'a') + "b";
  rules.bearer = "0123456789abcdef";
  rules.host = "load.example";
  rules.port = 4321;

  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  const std::pair<absl::string_view, absl::string_view> line =
      absl::StrSplit(lines[0], absl::MaxSplits(' ', 1));
  invocator::WebRequest request = {line.first, line.second, {}};
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> header =
        absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    request.headers.push_back(header);
  }
  const invocator::WebAnswer answer = invocator::AnswerTo(request, rules);
  for (const auto& [name, value] : answer.headers) {
    if (!invocator::IsHttpToken(name)) abort();
    if (!invocator::IsHttpHeaderValue(value)) abort();
  }
  const bool is_open = answer.content != invocator::WebContent::kNone;
  if (is_open != (answer.status == 200)) abort();
  if (answer.content == invocator::WebContent::kMetrics) {
    if (!absl::StrContains(text, rules.bearer)) abort();
  } else if (is_open || answer.status == 303) {
    if (!absl::StrContains(text, rules.token)) abort();
  }
  return 0;
}
