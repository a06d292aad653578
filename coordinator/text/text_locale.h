// Detects from the environment whether the user's locale is UTF-8, for output
// that has a plain form as well. Ignores setlocale: programs run in "C".
#ifndef INVOCATOR_COORDINATOR_TEXT_TEXT_LOCALE_H_
#define INVOCATOR_COORDINATOR_TEXT_TEXT_LOCALE_H_

#include "common/base/environment.h"

namespace invocator {

// True if the first of LC_ALL, LC_CTYPE and LANG that is set and not empty
// names the codeset UTF-8: "de_DE.UTF-8", "C.utf8".
bool IsUtf8Locale(const Environment& variable);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TEXT_TEXT_LOCALE_H_
