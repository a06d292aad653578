// Parses bodies of type application/x-www-form-urlencoded, as AWS's query APIs
// take them. Pure.
#ifndef INVOCATOR_GATEWAY_FORM_H_
#define INVOCATOR_GATEWAY_FORM_H_

#include <functional>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace invocator {

// Values by name, decoded.
using Form = std::map<std::string, std::string, std::less<>>;

// Accepts any text. Of a repeated name, the first value counts.
Form ParseForm(absl::string_view body);

// The value of that name, or "" if absent.
std::string ValueOf(const Form& form, absl::string_view name);

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_FORM_H_
