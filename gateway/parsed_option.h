// Options of the command line that are parsed by a function of ours, whose
// message becomes the usage error's.
#ifndef INVOCATOR_GATEWAY_PARSED_OPTION_H_
#define INVOCATOR_GATEWAY_PARSED_OPTION_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace invocator {

// An option with what `parse` makes of its text.
template <typename T, typename Place>
CLI::Option* AddParsed(
    CLI::App& app, const std::string& name, Place& place,
    std::function<absl::StatusOr<T>(absl::string_view)> parse,
    const std::string& help) {
  return app.add_option_function<std::string>(
      name,
      [name, &place, parse](const std::string& text) {
        absl::StatusOr<T> value = parse(text);
        if (!value.ok()) {
          throw CLI::ValidationError(name,
                                     std::string(value.status().message()));
        }
        place = *std::move(value);
      },
      help);
}

template <typename Place>
CLI::Option* AddDuration(CLI::App& app, const std::string& name, Place& place,
                         const std::string& help) {
  return AddParsed<absl::Duration>(
      app, name, place,
      [](absl::string_view text) -> absl::StatusOr<absl::Duration> {
        absl::Duration duration;
        if (!absl::ParseDuration(text, &duration) ||
            duration < absl::ZeroDuration() || duration > absl::Hours(24)) {
          return absl::InvalidArgumentError(
              absl::StrCat("'", text,
                           "': expected a duration up to 24h, such as 300ms "
                           "or 60s"));
        }
        return duration;
      },
      help);
}

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_PARSED_OPTION_H_
