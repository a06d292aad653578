#include "coordinator/text/rounded_us.h"

#include "absl/strings/str_cat.h"

namespace invocator {

void AppendRoundedUs(int64_t ns, std::string& text) {
  int64_t unit = 1;
  while (ns / unit >= 10'000) unit *= 10;
  // Halves are rounded up.
  const int64_t rounded =
      ns / unit * unit + (ns % unit >= unit - ns % unit ? unit : 0);
  const int64_t shown = ns % unit == 0 ? ns : rounded;
  absl::StrAppend(&text, shown / 1'000);
  int64_t rest = shown % 1'000;
  if (rest == 0) return;
  text += '.';
  for (int64_t digit = 100; rest > 0; digit /= 10) {
    text += static_cast<char>('0' + rest / digit);
    rest %= digit;
  }
}

}  // namespace invocator
