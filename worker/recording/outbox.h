// Numbered reports of a worker, kept until the coordinator has acknowledged
// them: every report is merged once, even if the stream breaks on the way.
//
// A few reports are under way at a time. The others wait in memory, and beyond
// that in a temporary file, so that a slow or absent coordinator neither stalls
// the worker nor fills its memory.
//
// Thread-compatible: owned by the stream thread.
#ifndef INVOCATOR_WORKER_RECORDING_OUTBOX_H_
#define INVOCATOR_WORKER_RECORDING_OUTBOX_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "proto/fleet.pb.h"
#include "worker/recording/spill_queue.h"

namespace invocator {

struct OutboxOptions {
  size_t under_way_bytes = 4 << 20;
  size_t memory_bytes = 16 << 20;
  std::string spill_folder;  // empty: TMPDIR, else /tmp
};

class Outbox {
 public:
  explicit Outbox(const OutboxOptions& options)
      : under_way_limit_(options.under_way_bytes),
        waiting_(options.memory_bytes, options.spill_folder) {}

  // Numbers the report and appends it. An error if there is no room for it now;
  // it is not kept then.
  absl::Status Add(wire::Report report);

  // The next report to send, or nullopt while enough is under way. An error if
  // spilled reports cannot be read back.
  absl::StatusOr<std::optional<wire::WorkerMessage>> Next();

  // The coordinator has merged all reports up to that number. INVALID_ARGUMENT
  // if they were not all sent.
  absl::Status OnAck(uint64_t number);
  // As OnAck, on a new stream: reports under way on the old one are sent again.
  absl::Status OnResume(uint64_t number);

  // True if everything was acknowledged.
  bool empty() const { return under_way_.empty() && waiting_.empty(); }
  size_t size() const { return under_way_.size() + waiting_.size(); }
  // True if more reports wait than fit into memory.
  bool spilled() const { return waiting_.spilled(); }

 private:
  const size_t under_way_limit_;
  uint64_t last_number_ = 0;
  SpillQueue waiting_;
  // The first of waiting_, not yet read back from bytes: usually a report is
  // sent as soon as it is added.
  std::optional<wire::WorkerMessage> next_;
  // Taken by Next, not acknowledged. The first `sent_` of them were sent on
  // this stream.
  std::deque<std::string> under_way_;
  uint64_t first_number_ = 1;  // of under_way_, if there is one
  size_t sent_ = 0;
  size_t sent_bytes_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_RECORDING_OUTBOX_H_
