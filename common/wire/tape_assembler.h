// Assembles the timestamps that an Assignment announces from the TapeChunks
// that follow it: in order, and no byte and no instant more or fewer than
// announced.
#ifndef INVOCATOR_COMMON_WIRE_TAPE_ASSEMBLER_H_
#define INVOCATOR_COMMON_WIRE_TAPE_ASSEMBLER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/arrivals/instant_tape.h"
#include "common/base/temporary_file.h"
#include "common/plan/plan.h"
#include "common/plan/share.h"

namespace invocator {

namespace wire {
class Assignment;
}

// All tapes share one temporary file, created when first needed. Its
// errors are its own (temporary_file.h). After an error no chunk is taken any
// more. Thread-compatible. Borrows the plan, which must outlive the assembler.
class TapeAssembler {
 public:
  // `folder`: of the file, as TemporaryFile's. INVALID_ARGUMENT for indices
  // that are not ascending or not of instances with timestamps; versions get
  // those of their first.
  // REQUIRES: `plan` is the result of FromWire(announced.plan()).
  static absl::StatusOr<TapeAssembler> Create(const wire::Assignment& announced,
                                              Plan& plan,
                                              const std::string& folder);

  // INVALID_ARGUMENT for an empty or too large chunk, for one of another tape
  // than the first incomplete one, and for bytes that are not the announced
  // number of instants in order within the instance's duration. A tape is
  // part of the plan once it is whole.
  absl::Status Append(uint32_t instance, absl::string_view bytes);

  // True if every tape is complete.
  bool complete() const { return next_ == tapes_.size(); }

  // INVALID_ARGUMENT if the share cannot be played for lack of timestamps: they
  // were not announced.
  absl::Status Check(const Share& share) const;

 private:
  struct Announced {
    uint32_t instance = 0;
    uint64_t instants = 0;
    uint64_t bytes = 0;
  };

  TapeAssembler(Plan& plan, std::vector<Announced> tapes)
      : plan_(plan), tapes_(std::move(tapes)) {}

  // Completes empty tapes, and begins the first that is not.
  absl::Status BeginNext();
  absl::Status Finish();

  Plan& plan_;
  std::vector<Announced> tapes_;
  size_t next_ = 0;  // the first incomplete one
  std::shared_ptr<TemporaryFile> file_;
  std::optional<TapeWriter> writer_;  // of the next one
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WIRE_TAPE_ASSEMBLER_H_
