#include "coordinator/json/field_reader.h"

#include <cmath>
#include <limits>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/json/suggestion.h"

namespace invocator {
namespace {

std::string NumberWords(double value) {
  return absl::StrFormat("%.15g", value);
}

}  // namespace

std::string NumberRange::Words() const {
  return min_is_inside
             ? absl::StrCat("from ", NumberWords(min), " to ", NumberWords(max))
             : absl::StrCat("above ", NumberWords(min), " and up to ",
                            NumberWords(max));
}

std::string FieldReader::PathOf(absl::string_view key) const {
  const bool is_of_base =
      base_ != nullptr && FindOwn(key) == nullptr && base_->Has(key);
  return is_of_base ? base_->PathOf(key) : MemberPath(path_, key);
}

const Json* FieldReader::Find(absl::string_view key) const {
  const Json* own = FindOwn(key);
  return own == nullptr && base_ != nullptr ? base_->Find(key) : own;
}

const Json* FieldReader::FindOwn(absl::string_view key) const {
  const auto& members = object_.get_ref<const Json::object_t&>();
  for (const auto& [name, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool FieldReader::HasValue(absl::string_view key) const {
  const Json* value = Find(key);
  return value != nullptr && !value->is_null();
}

std::optional<std::string> FieldReader::String(absl::string_view key) {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    ValueError(key, "a string");
    return std::nullopt;
  }
  return value->get<std::string>();
}

std::optional<bool> FieldReader::Bool(absl::string_view key) {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) {
    ValueError(key, "true or false");
    return std::nullopt;
  }
  return value->get<bool>();
}

std::optional<double> FieldReader::Number(absl::string_view key,
                                          const NumberRange& range) {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number() || !range.Contains(value->get<double>())) {
    ValueError(key, absl::StrCat("a number ", range.Words()));
    return std::nullopt;
  }
  return value->get<double>();
}

std::optional<uint32_t> FieldReader::Uint32(absl::string_view key) {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  constexpr double kMax = std::numeric_limits<uint32_t>::max();
  const double number = value->is_number() ? value->get<double>() : -1;
  if (!(number >= 0 && number <= kMax) || number != std::floor(number)) {
    ValueError(key, absl::StrCat("an integer from 0 to ", NumberWords(kMax)));
    return std::nullopt;
  }
  return static_cast<uint32_t>(number);
}

std::optional<uint64_t> FieldReader::Uint64(absl::string_view key) {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned()) {
    ValueError(key, absl::StrCat("an integer from 0 to ",
                                 std::numeric_limits<uint64_t>::max()));
    return std::nullopt;
  }
  return value->get<uint64_t>();
}

std::optional<size_t> FieldReader::Choice(
    absl::string_view key, absl::Span<const absl::string_view> choices) {
  const Json* value = Find(key);
  if (value == nullptr) return std::nullopt;
  std::optional<absl::string_view> nearest;
  if (value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    for (size_t i = 0; i < choices.size(); ++i) {
      if (choices[i] == text) return i;
    }
    nearest = NearestWord(text, choices);
  }
  issues_.Add(
      PathOf(key),
      absl::StrCat(
          "expected \"", absl::StrJoin(choices, "\" or \""), "\", found ",
          ShortDump(*value),
          nearest ? absl::StrCat(", did you mean \"", *nearest, "\"?") : ""));
  return std::nullopt;
}

void FieldReader::Require(absl::string_view key,
                          absl::string_view expectation) {
  if (!Has(key)) Error(key, absl::StrCat("missing, expected ", expectation));
}

bool IsCommentKey(absl::string_view key) {
  const size_t word = key.find_first_not_of('_');
  return word != 0 && word != key.npos &&
         absl::StartsWith(key.substr(word), "comment");
}

void FieldReader::RefuseUnknownKeys(const KeySet& keys) {
  for (const auto& [name, value] : object_.get_ref<const Json::object_t&>()) {
    if (absl::c_linear_search(keys.known, name) ||
        absl::c_linear_search(keys.ignored, name)) {
      continue;
    }
    if (keys.has_comments && IsCommentKey(name)) {
      issues_.NoteComment(PathOf(name));
      continue;
    }
    const auto is_it = [&key = name](const RefusedKey& r) {
      return r.key == key;
    };
    if (const auto found = absl::c_find_if(keys.refused, is_it);
        found != keys.refused.end()) {
      Error(name, found->why);
      continue;
    }
    std::optional<absl::string_view> nearest = NearestWord(name, keys.known);
    Error(name, absl::StrCat(
                    "unknown key, ",
                    nearest ? absl::StrCat("did you mean \"", *nearest, "\"?")
                            : absl::StrCat("expected one of: ",
                                           absl::StrJoin(keys.known, ", ")),
                    " (found ", ShortDump(value), ")"));
  }
}

}  // namespace invocator
