// Reads the members of one JSON object by name and type. A wrong member is
// added to the issues, with its path, and reads as absent.
//
// Borrows object, issues and base, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_JSON_FIELD_READER_H_
#define INVOCATOR_COORDINATOR_JSON_FIELD_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "coordinator/json/json.h"
#include "coordinator/json/workload_issues.h"

namespace invocator {

struct NumberRange {
  double min = 0;
  double max = 0;
  bool min_is_inside = true;

  bool Contains(double value) const {
    return (min_is_inside ? value >= min : value > min) && value <= max;
  }
  // "from 0 to 10", "above 0 and up to 10"
  std::string Words() const;
};

// A key that users may try, refused with a specific message.
struct RefusedKey {
  absl::string_view key;
  absl::string_view why;
};

// The keys of an object.
struct KeySet {
  absl::Span<const absl::string_view> known;
  absl::Span<const absl::string_view> ignored = {};
  absl::Span<const RefusedKey> refused = {};
  bool has_comments = false;  // accepts keys for which IsCommentKey
};

// "_comment", "_comment_rate", "__comment", ...
bool IsCommentKey(absl::string_view key);

class FieldReader {
 public:
  // REQUIRES: object.is_object()
  FieldReader(const Json& object, std::string path, WorkloadIssues& issues)
      : object_(object), path_(std::move(path)), issues_(issues) {}
  // An object's members over those of `base`, which it has, too, unless it has
  // one of that name. REQUIRES: object.is_object()
  FieldReader(const Json& object, std::string path, const FieldReader& base)
      : object_(object),
        path_(std::move(path)),
        issues_(base.issues_),
        base_(&base) {}

  const std::string& path() const { return path_; }
  // Path of the member, which is the base's if it has it from there.
  std::string PathOf(absl::string_view key) const;

  bool Has(absl::string_view key) const { return Find(key) != nullptr; }
  // Present and not null.
  bool HasValue(absl::string_view key) const;
  const Json* Find(absl::string_view key) const;

  // Absent or wrong: nullopt. A number is finite; an integer may be written as
  // 100.0.
  std::optional<std::string> String(absl::string_view key);
  std::optional<bool> Bool(absl::string_view key);
  std::optional<double> Number(absl::string_view key, const NumberRange& range);
  std::optional<uint32_t> Uint32(absl::string_view key);
  // Exact: 100, not 100.0.
  std::optional<uint64_t> Uint64(absl::string_view key);
  // Index of the string among `choices`.
  std::optional<size_t> Choice(absl::string_view key,
                               absl::Span<const absl::string_view> choices);

  // Adds an error unless the key is present.
  void Require(absl::string_view key, absl::string_view expectation);
  void Error(absl::string_view key, absl::string_view what) {
    issues_.Add(PathOf(key), what);
  }
  void Warn(absl::string_view key, absl::string_view what) {
    issues_.Warn(PathOf(key), what);
  }
  // "expected <expectation>, found <value>". REQUIRES: Has(key)
  void ValueError(absl::string_view key, absl::string_view expectation) {
    issues_.AddValue(PathOf(key), *Find(key), expectation);
  }

  // Adds an error for every key outside the set, with a suggestion. Leaves out
  // the keys of the base.
  void RefuseUnknownKeys(const KeySet& keys);
  void RefuseUnknownKeys(absl::Span<const absl::string_view> known) {
    RefuseUnknownKeys(KeySet{.known = known});
  }

 private:
  const Json* FindOwn(absl::string_view key) const;

  const Json& object_;
  std::string path_;
  WorkloadIssues& issues_;
  const FieldReader* base_ = nullptr;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_FIELD_READER_H_
