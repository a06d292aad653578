#include "coordinator/books/merge.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/result/record.h"
#include "common/wire/histogram_codec.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("progress ", args...));
}

uint64_t Touched(const wire::InstanceDelta& delta) {
  return delta.sent() + delta.dropped();
}

void AddCounts(const wire::InstanceDelta& delta, Totals& into) {
  into.sent += delta.sent();
  into.dropped += delta.dropped();
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

// Whether reasons fit the outcomes, which need not all have one.
absl::Status CheckReasons(const wire::InstanceDelta& delta) {
  if (delta.reasons_size() == 0) return absl::OkStatus();
  if (delta.reasons_size() != static_cast<int>(kReasons)) {
    return Invalid("counts ", delta.reasons_size(),
                   " reasons, expected none or ", kReasons);
  }
  OutcomeCounts left = {};
  for (size_t i = 0; i < kOutcomes; ++i) {
    left[i] = delta.outcomes(static_cast<int>(i));
  }
  for (size_t i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    const uint64_t count = delta.reasons(static_cast<int>(i));
    uint64_t& of_outcome = left[static_cast<size_t>(OutcomeOf(reason))];
    if (count > (reason == Reason::kNone ? 0 : of_outcome)) {
      return Invalid("counts the reason ", ReasonName(reason), " ",
                     Counted(count, "time"),
                     ", more than there are outcomes for it");
    }
    of_outcome -= count;
  }
  return absl::OkStatus();
}

// Whether counts fit each other. None is more than `most`, nor is their sum.
absl::Status CheckCounts(const wire::InstanceDelta& delta, uint64_t most) {
  if (delta.outcomes_size() != static_cast<int>(kOutcomes)) {
    return Invalid("counts ", delta.outcomes_size(), " outcomes, expected ",
                   kOutcomes);
  }
  uint64_t touched = 0;
  for (uint64_t count : {delta.sent(), delta.dropped()}) {
    if (count > most - touched) {
      return Invalid("counts more invocations of instance ", delta.instance(),
                     " than the ", most, " that may still come");
    }
    touched += count;
  }
  uint64_t ended = 0;
  for (uint64_t count : delta.outcomes()) {
    if (count > delta.sent() - ended) {
      return Invalid("counts more outcomes than the ", delta.sent(), " sent");
    }
    ended += count;
  }
  if (ended != delta.sent()) {
    return Invalid("counts ", delta.sent(), " sent, but ", ended, " outcomes");
  }
  if (delta.outcomes(static_cast<int>(Outcome::kLost)) != 0) {
    return Invalid("counts lost invocations, which only we can");
  }
  return CheckReasons(delta);
}

// Whether `sum` is more than `count` times `most`.
bool IsMoreThan(uint64_t sum, uint64_t count, uint64_t most) {
  return sum / most + (sum % most > 0 ? 1 : 0) > count;
}

// Whether this can have been billed.
absl::Status CheckBill(const wire::InstanceDelta& delta) {
  if (delta.billed_count() > delta.sent() ||
      IsMoreThan(delta.billed_ms(), delta.billed_count(), kMaxBilledMs) ||
      IsMoreThan(delta.billed_mb_ms(), delta.billed_ms(), kMaxMemoryMb) ||
      delta.memory_used_mb() > kMaxMemoryMb) {
    return Invalid("counts ", delta.billed_count(), " of ",
                   Counted(delta.sent(), "invocation"), " billed for ",
                   delta.billed_ms(), " ms and ", delta.billed_mb_ms(),
                   " ms x MB");
  }
  return absl::OkStatus();
}

// Whether those of cold and warm invocations are of some of the `ended` ones.
absl::Status CheckWarmths(const wire::InstanceDelta& delta, uint64_t ended) {
  uint64_t counts[5] = {};
  size_t at = 0;
  for (const wire::Histogram* histogram :
       {&delta.cold_service(), &delta.cold_response(), &delta.warm_service(),
        &delta.warm_response(), &delta.init()}) {
    const absl::StatusOr<uint64_t> count = CheckWire(*histogram);
    if (!count.ok()) return count.status();
    counts[at++] = *count;
  }
  const auto [cold, cold_response, warm, warm_response, init] = counts;
  if (cold != cold_response || warm != warm_response || cold > ended ||
      warm > ended - cold || init > delta.billed_count()) {
    return Invalid("tells of ", cold, " cold, ", warm, " warm and ", init,
                   " initialised invocations of ", ended);
  }
  return absl::OkStatus();
}

// Whether histograms are valid, and of the invocations that were counted.
absl::Status CheckHistograms(const wire::InstanceDelta& delta) {
  struct Part {
    const char* name;
    const wire::Histogram& histogram;
    uint64_t expected;
  };
  const uint64_t sent = delta.sent();
  const bool blocks = delta.has_blocked() || delta.has_own_lateness();
  // What was aborted has no latency.
  const uint64_t ended =
      sent - delta.outcomes(static_cast<int>(Outcome::kAborted));
  const uint64_t blocked = blocks ? sent : 0;
  for (const Part& part : {Part{"lateness", delta.lateness(), sent},
                           Part{"service", delta.service(), ended},
                           Part{"response", delta.response(), ended},
                           Part{"own_lateness", delta.own_lateness(), blocked},
                           Part{"blocked", delta.blocked(), blocked}}) {
    const absl::StatusOr<uint64_t> count = CheckWire(part.histogram);
    if (!count.ok()) return count.status();
    if (*count != part.expected) {
      return Invalid("has ", *count, " values of ", part.name, ", expected ",
                     part.expected);
    }
  }
  return CheckWarmths(delta, ended);
}

}  // namespace

Merger::Merger(std::vector<uint64_t> planned, size_t workers)
    : planned_(std::move(planned)),
      instances_(planned_.size()),
      workers_(workers),
      touched_(workers, std::vector<uint64_t>(planned_.size())),
      limits_(workers) {}

uint64_t Merger::Left(size_t worker, size_t instance) const {
  const std::vector<uint64_t>& limits = limits_[worker];
  const uint64_t limit = limits.empty() ? planned_[instance] : limits[instance];
  return limit - std::min(limit, touched_[worker][instance]);
}

absl::Status Merger::Check(size_t worker,
                           const wire::InstanceDelta& delta) const {
  const size_t instance = delta.instance();
  if (instance >= planned_.size()) {
    return Invalid("names instance ", instance, " of ", planned_.size());
  }
  absl::Status status = CheckCounts(delta, Left(worker, instance));
  if (status.ok()) status = CheckBill(delta);
  if (status.ok()) status = CheckHistograms(delta);
  return status;
}

absl::Status Merger::Add(size_t worker, const wire::Progress& progress) {
  absl::flat_hash_set<uint32_t> seen;
  for (const wire::InstanceDelta& delta : progress.instances()) {
    if (absl::Status status = Check(worker, delta); !status.ok()) {
      return status;
    }
    if (!seen.insert(delta.instance()).second) {
      return Invalid("names instance ", delta.instance(), " twice");
    }
  }
  for (const wire::FailureSample& sample : progress.failures()) {
    absl::Status status = FirstFailures::Check(sample, planned_.size());
    if (!status.ok()) return status;
    if (sample.sequence() >= planned_[sample.instance()]) {
      return Invalid("reports a failure of instance ", sample.instance(), " #",
                     sample.sequence(), " of ", planned_[sample.instance()]);
    }
  }
  for (const wire::InstanceDelta& delta : progress.instances()) {
    touched_[worker][delta.instance()] += Touched(delta);
    Totals& instance = instances_[delta.instance()];
    for (Totals* into : {&instance, &workers_[worker]}) {
      AddCounts(delta, *into);
      AddChecked(delta.lateness(), into->lateness);
      AddChecked(delta.own_lateness(), into->own_lateness);
    }
    AddChecked(delta.service(), instance.service);
    AddChecked(delta.response(), instance.response);
    AddChecked(delta.cold_service(), instance.cold_service);
    AddChecked(delta.cold_response(), instance.cold_response);
    AddChecked(delta.warm_service(), instance.warm_service);
    AddChecked(delta.warm_response(), instance.warm_response);
    AddChecked(delta.init(), instance.init);
    AddChecked(delta.blocked(), instance.blocked);
  }
  for (const wire::FailureSample& sample : progress.failures()) {
    failures_.Add(worker, sample);
  }
  return absl::OkStatus();
}

Totals Merger::Total() const {
  Totals total;
  for (const Totals& instance : instances_) total.Merge(instance);
  return total;
}

}  // namespace invocator
