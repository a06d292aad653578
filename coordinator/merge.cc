#include "coordinator/merge.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/histogram_codec.h"
#include "common/protocol.h"
#include "common/record_codec.h"

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
  into.memory_used_mb =
      std::max<uint64_t>(into.memory_used_mb, delta.memory_used_mb());
  for (int i = 0; i < delta.reasons_size(); ++i) {
    into.reasons[static_cast<size_t>(i)] += delta.reasons(i);
  }
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
  memory_used_mb = std::max(memory_used_mb, other.memory_used_mb);
  for (size_t i = 0; i < kReasons; ++i) reasons[i] += other.reasons[i];
  cold_service.Merge(other.cold_service);
  cold_response.Merge(other.cold_response);
  warm_service.Merge(other.warm_service);
  warm_response.Merge(other.warm_response);
  init.Merge(other.init);
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
    if (delta.reasons_size() != 0 &&
        delta.reasons_size() != static_cast<int>(kReasons)) {
      return absl::InvalidArgumentError(
          absl::StrCat("progress counts ", delta.reasons_size(),
                       " reasons, expected none or ", kReasons));
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
    status.Update(MergeWire(delta.cold_service(), instance.cold_service));
    status.Update(MergeWire(delta.cold_response(), instance.cold_response));
    status.Update(MergeWire(delta.warm_service(), instance.warm_service));
    status.Update(MergeWire(delta.warm_response(), instance.warm_response));
    status.Update(MergeWire(delta.init(), instance.init));
    if (delta.has_blocked()) {
      status.Update(MergeWire(delta.blocked(), instance.blocked));
    }
    if (!status.ok()) return status;
  }
  for (const wire::FailureSample& sample : progress.failures()) {
    absl::Status status = AddFailure(worker, sample);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Merger::AddFailure(size_t worker,
                                const wire::FailureSample& sample) {
  if (sample.reason() == 0 || sample.reason() >= kReasons ||
      sample.instance() >= instances_.size() || sample.status() > 999 ||
      sample.scheduled_ns() < 0 || sample.scheduled_ns() > kMaxRecordNs ||
      sample.date_ahead_s() < -kMaxDateAheadS ||
      sample.date_ahead_s() > kMaxDateAheadS ||
      sample.body().size() > kMaxFailureBodyBytes ||
      sample.canonical_request().size() > kMaxCanonicalBytes ||
      sample.error_type().size() > kMaxErrorTypeBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "progress tells of a failure that cannot be: reason ", sample.reason(),
        " of ", kReasons, ", instance ", sample.instance(), " of ",
        instances_.size(), ", status ", sample.status(), ", a body of ",
        sample.body().size(), " bytes"));
  }
  std::optional<Failure>& known = failures_[sample.reason()];
  const auto order = [](const wire::FailureSample& s) {
    return std::make_tuple(s.scheduled_ns(), s.instance(), s.sequence());
  };
  if (!known || order(sample) < order(known->sample)) {
    known = Failure{sample, worker};
  }
  return absl::OkStatus();
}

Totals Merger::Total() const {
  Totals total;
  for (const Totals& instance : instances_) total.Merge(instance);
  return total;
}

}  // namespace invocator
