#include "coordinator/review/kept_fields.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace invocator {

uint64_t KeptFields::TheCount(absl::string_view key) {
  Require(key, "a count");
  return Uint64(key).value_or(0);
}

double KeptFields::TheNumber(absl::string_view key, const NumberRange& range) {
  Require(key, absl::StrCat("a number ", range.Words()));
  return Number(key, range).value_or(0);
}

std::string KeptFields::TheString(absl::string_view key) {
  Require(key, "a string");
  return String(key).value_or("");
}

std::optional<KeptFields> KeptFields::TheObject(absl::string_view key) {
  Require(key, "an object");
  return Object(key);
}

std::optional<KeptFields> KeptFields::Object(absl::string_view key) {
  const Json* member = Find(key);
  if (member == nullptr) return std::nullopt;
  return AsObject(key, *member);
}

std::optional<KeptFields> KeptFields::AsObject(absl::string_view key,
                                               const Json& member) const {
  if (!member.is_object()) {
    issues_.AddValue(PathOf(key), member, "an object");
    return std::nullopt;
  }
  return KeptFields(member, PathOf(key), issues_);
}

std::vector<std::string> KeptFields::Strings(absl::string_view key) {
  std::vector<std::string> strings;
  const Json* list = Find(key);
  if (list == nullptr) return strings;
  if (!list->is_array()) {
    ValueError(key, "a list of strings");
    return strings;
  }
  for (const Json& element : *list) {
    if (element.is_string()) {
      strings.push_back(element.get<std::string>());
      continue;
    }
    issues_.AddValue(ElementPath(PathOf(key), strings.size()), element,
                     "a string");
    break;
  }
  return strings;
}

std::vector<KeptFields> KeptFields::Objects(absl::string_view key) {
  std::vector<KeptFields> objects;
  const Json* list = Find(key);
  if (list == nullptr) return objects;
  if (!list->is_array()) {
    ValueError(key, "a list of objects");
    return objects;
  }
  for (const Json& element : *list) {
    std::string path = ElementPath(PathOf(key), objects.size());
    if (!element.is_object()) {
      issues_.AddValue(path, element, "an object");
      break;
    }
    objects.emplace_back(element, std::move(path), issues_);
  }
  return objects;
}

}  // namespace invocator
