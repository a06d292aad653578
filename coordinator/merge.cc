#include "coordinator/merge.h"

#include "absl/strings/str_cat.h"
#include "common/histogram_codec.h"

namespace invocator {
namespace {

void AddCounts(const wire::InstanceDelta& delta, Totals& into) {
  into.sent += delta.sent();
  into.dropped += delta.dropped();
  into.unsent += delta.unsent();
  for (size_t i = 0; i < kOutcomes; ++i) {
    into.outcomes[i] += delta.outcomes(static_cast<int>(i));
  }
  into.sent_digest += delta.sent_digest();
  into.billed_count += delta.billed_count();
  into.billed_ms += delta.billed_ms();
  into.billed_mb_ms += delta.billed_mb_ms();
}

}  // namespace

void Totals::Merge(const Totals& other) {
  planned += other.planned;
  sent += other.sent;
  dropped += other.dropped;
  unsent += other.unsent;
  for (size_t i = 0; i < kOutcomes; ++i) outcomes[i] += other.outcomes[i];
  planned_digest += other.planned_digest;
  sent_digest += other.sent_digest;
  billed_count += other.billed_count;
  billed_ms += other.billed_ms;
  billed_mb_ms += other.billed_mb_ms;
  lateness.Merge(other.lateness);
  service.Merge(other.service);
  response.Merge(other.response);
  own_lateness.Merge(other.own_lateness);
  blocked.Merge(other.blocked);
}

Merger::Merger(size_t instances, size_t workers)
    : instances_(instances),
      workers_(workers),
      touched_(workers, std::vector<uint64_t>(instances)) {}

absl::Status Merger::Add(size_t worker, const wire::Progress& progress) {
  for (const wire::InstanceDelta& delta : progress.instances()) {
    if (delta.instance() >= instances_.size()) {
      return absl::InvalidArgumentError(absl::StrCat("progress names instance ",
                                                     delta.instance(), " of ",
                                                     instances_.size()));
    }
    if (delta.outcomes_size() != static_cast<int>(kOutcomes)) {
      return absl::InvalidArgumentError(
          absl::StrCat("progress counts ", delta.outcomes_size(),
                       " outcomes, expected ", kOutcomes));
    }
    Totals& instance = instances_[delta.instance()];
    touched_[worker][delta.instance()] +=
        delta.sent() + delta.dropped() + delta.unsent();
    for (Totals* into : {&instance, &workers_[worker]}) {
      AddCounts(delta, *into);
      absl::Status status = MergeWire(delta.lateness(), into->lateness);
      if (status.ok() && delta.has_own_lateness()) {
        status = MergeWire(delta.own_lateness(), into->own_lateness);
      }
      if (!status.ok()) return status;
    }
    absl::Status status = MergeWire(delta.service(), instance.service);
    status.Update(MergeWire(delta.response(), instance.response));
    if (delta.has_blocked()) {
      status.Update(MergeWire(delta.blocked(), instance.blocked));
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

Totals Merger::Total() const {
  Totals total;
  for (const Totals& instance : instances_) total.Merge(instance);
  return total;
}

}  // namespace invocator
