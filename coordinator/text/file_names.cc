#include "coordinator/text/file_names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace invocator {

std::string FileWord(absl::string_view name) {
  std::string word;
  for (const char c : name) {
    const bool is_plain = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                          c == '-' || c == '_' || (c == '.' && !word.empty());
    word += is_plain ? c : '_';
  }
  return word;
}

std::string FileNames::Next(absl::string_view stem,
                            absl::string_view extension) {
  constexpr size_t kMostBytes = 200;
  stem = stem.substr(0, kMostBytes);
  std::string name = absl::StrCat(stem, extension);
  // From the number that came last, which many equal names would else look for.
  int& number =
      next_number_.try_emplace(absl::AsciiStrToLower(name), 2).first->second;
  while (!taken_.insert(absl::AsciiStrToLower(name)).second) {
    name = absl::StrCat(stem, "-", number++, extension);
  }
  return name;
}

}  // namespace invocator
