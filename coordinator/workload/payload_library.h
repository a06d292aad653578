// Loads payload files, each once however many instances name it.
//
// Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_WORKLOAD_PAYLOAD_LIBRARY_H_
#define INVOCATOR_COORDINATOR_WORKLOAD_PAYLOAD_LIBRARY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/plan/plan.h"

namespace invocator {

class PayloadLibrary {
 public:
  // Relative paths start at `folder`.
  explicit PayloadLibrary(std::string folder) : folder_(std::move(folder)) {}

  // REQUIRES: an index that Load or Add returned
  const PayloadSet& set(size_t index) const { return sets_[index]; }

  // Index of the file's bodies in TakeSets(). Errors name the file: the
  // system's, or INVALID_ARGUMENT as for ReadPayloads, for a path that is not a
  // plain file, and when all bodies together exceed kMaxPayloadBytes.
  absl::StatusOr<size_t> Load(const std::string& path);

  // The same for a given body; `name` is for people.
  absl::StatusOr<size_t> Add(const std::string& name, std::string body);

  // Both in the order of Load's indices. The names are the files' own, without
  // folders.
  std::vector<PayloadSet> TakeSets() && { return std::move(sets_); }
  const std::vector<std::string>& names() const { return names_; }

  // Whether group or others may not read one of the files.
  bool has_private() const { return has_private_; }

 private:
  absl::StatusOr<size_t> Read(const std::string& full_path);
  absl::StatusOr<size_t> Keep(const std::string& name, PayloadSet bodies);

  std::string folder_;
  std::map<std::string, absl::StatusOr<size_t>> loaded_;  // by canonical path
  std::vector<PayloadSet> sets_;
  std::vector<std::string> names_;
  uint64_t bytes_ = 0;
  bool has_private_ = false;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WORKLOAD_PAYLOAD_LIBRARY_H_
