#include "worker/recording/reporter.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/base/scheduling.h"
#include "common/process/log.h"
#include "common/wire/done_codec.h"
#include "common/wire/protocol.h"

namespace invocator {
namespace {

// Records between two looks whether an engine wants to run.
constexpr size_t kSlice = 128;

}  // namespace

void Reporter::Take(ChunkQueue& queue) {
  for (std::unique_ptr<Chunk>& chunk : queue.TakeFull()) {
    if (!batch_) {
      batch_.emplace();
      encoder_.emplace(*batch_->mutable_records());
    }
    absl::Span<const Record> left = chunk->records;
    for (; !left.empty(); left.remove_prefix(std::min(left.size(), kSlice))) {
      tally_->Add(left.subspan(0, kSlice), *encoder_);
      GiveWay();
    }
    for (const DroppedCall& call : chunk->dropped) tally_->AddDropped(call);
    for (const FailureSample& failure : chunk->failures) {
      WarnOfOwn(failure);
      tally_->AddFailure(failure);
    }
    queue.Recycle(std::move(chunk));
    if (batch_->records().instance_size() >= kRecordsPerBatch) QueueRecords();
  }
}

void Reporter::WarnOfOwn(const FailureSample& failure) {
  if (failure.reason != Reason::kNoLocalResources ||
      std::exchange(warned_of_own_, true)) {
    return;
  }
  Log().warn(
      "calls fail for want of descriptors (ulimit -n), local ports or memory "
      "on this machine: {}",
      failure.detail);
}

void Reporter::QueueRecords() {
  if (!batch_) return;
  encoder_.reset();
  wire::Report report = *std::exchange(batch_, std::nullopt);
  const int rows = report.records().instance_size();
  if (rows == 0) return;
  const absl::Status status = outbox_.Add(std::move(report));
  GiveWay();
  if (status.ok()) return;
  if (records_lost_ == 0) {
    Log().error("records are lost: {}", std::string(status.message()));
  }
  records_lost_ += static_cast<uint64_t>(rows);
}

bool Reporter::QueueProgress(const ProgressInstant& instant) {
  do {
    if (!pending_) {
      pending_.emplace();
      ProgressWriter progress = *pending_->mutable_progress();
      more_progress_ = tally_->TakeDeltas(kProgressBytes, progress);
      progress.SetInFlight(instant.in_flight);
      if (!more_progress_) until_ns_ = std::max(until_ns_, instant.until_ns);
      progress.SetUntil(until_ns_);
    }
    if (!outbox_.Add(*pending_).ok()) return false;
    pending_.reset();
  } while (more_progress_);
  return true;
}

bool Reporter::QueueDone(WorkerDone done, const ProgressInstant& instant) {
  if (!QueueProgress(instant)) return false;
  done.records_lost = records_lost_;
  wire::Report report;
  *report.mutable_done() = ToWire(done);
  return outbox_.Add(std::move(report)).ok();
}

}  // namespace invocator
