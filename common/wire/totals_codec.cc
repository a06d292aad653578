#include "common/wire/totals_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/wire/histogram_codec.h"
#include "common/words/listing.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

void AddCounts(const wire::InstanceDelta& message, Totals& into) {
#define INVOCATOR_ADD(name) into.name += message.name();
  INVOCATOR_TOTALS_SUMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
#define INVOCATOR_RAISE(name) into.name = std::max(into.name, message.name());
  INVOCATOR_TOTALS_MAXIMA(INVOCATOR_RAISE)
#undef INVOCATOR_RAISE
  for (int i = 0; i < message.outcomes_size(); ++i) {
    into.outcomes[static_cast<size_t>(i)] += message.outcomes(i);
  }
  for (int i = 0; i < message.reasons_size(); ++i) {
    into.reasons[static_cast<size_t>(i)] += message.reasons(i);
  }
}

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("progress ", args...));
}

// Whether reasons fit the outcomes, which need not all have one.
absl::Status CheckReasons(const wire::InstanceDelta& message) {
  if (message.reasons_size() == 0) return absl::OkStatus();
  if (message.reasons_size() != static_cast<int>(kReasons)) {
    return Invalid("counts ", message.reasons_size(),
                   " reasons, expected none or ", kReasons);
  }
  OutcomeCounts left = {};
  for (size_t i = 0; i < kOutcomes; ++i) {
    left[i] = message.outcomes(static_cast<int>(i));
  }
  for (size_t i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    const uint64_t count = message.reasons(static_cast<int>(i));
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
absl::Status CheckCounts(const wire::InstanceDelta& message, uint64_t most) {
  if (message.outcomes_size() != static_cast<int>(kOutcomes)) {
    return Invalid("counts ", message.outcomes_size(), " outcomes, expected ",
                   kOutcomes);
  }
  uint64_t touched = 0;
  for (uint64_t count : {message.sent(), message.dropped()}) {
    if (count > most - touched) {
      return Invalid("counts more invocations of instance ", message.instance(),
                     " than the ", most, " that may still come");
    }
    touched += count;
  }
  uint64_t ended = 0;
  for (uint64_t count : message.outcomes()) {
    if (count > message.sent() - ended) {
      return Invalid("counts more outcomes than the ", message.sent(), " sent");
    }
    ended += count;
  }
  if (ended != message.sent()) {
    return Invalid("counts ", message.sent(), " sent, but ", ended,
                   " outcomes");
  }
  if (message.outcomes(static_cast<int>(Outcome::kLost)) != 0) {
    return Invalid("counts lost invocations, which only we can");
  }
  return CheckReasons(message);
}

// Whether `sum` is more than `count` times `most`.
bool IsMoreThan(uint64_t sum, uint64_t count, uint64_t most) {
  return sum / most + (sum % most > 0 ? 1 : 0) > count;
}

// Whether this can have been billed.
absl::Status CheckBill(const wire::InstanceDelta& message) {
  if (message.billed_count() > message.sent() ||
      IsMoreThan(message.billed_ms(), message.billed_count(), kMaxBilledMs) ||
      IsMoreThan(message.billed_mb_ms(), message.billed_ms(), kMaxMemoryMb) ||
      message.memory_used_mb() > kMaxMemoryMb) {
    return Invalid("counts ", message.billed_count(), " of ",
                   Counted(message.sent(), "invocation"), " billed for ",
                   message.billed_ms(), " ms and ", message.billed_mb_ms(),
                   " ms x MB");
  }
  return absl::OkStatus();
}

// The number of values in each group's histograms.
class GroupValues {
 public:
  explicit GroupValues(const wire::InstanceDelta& message) {
    // Aborted calls have no latency.
    const uint64_t aborted =
        message.outcomes(static_cast<int>(Outcome::kAborted));
    Of(TotalsGroup::kSent) = message.sent();
    Of(TotalsGroup::kEnded) = message.sent() - aborted;
    const bool is_blocking =
        message.has_own_lateness() || message.has_blocked();
    Of(TotalsGroup::kBlocking) = is_blocking ? message.sent() : 0;
    Of(TotalsGroup::kAnswered) = kAny;
    // Cold and warm calls are counted by their histograms.
    Of(TotalsGroup::kCold) = Of(TotalsGroup::kWarm) = kAny;
    Of(TotalsGroup::kInit) = kAny;
  }

  uint64_t& Of(TotalsGroup group) {
    return values_[static_cast<size_t>(group)];
  }

  // `histogram`: null if the message lacks it.
  absl::Status Check(const wire::Histogram* histogram, const char* name,
                     TotalsGroup group) {
    uint64_t count = 0;
    if (histogram != nullptr) {
      const absl::StatusOr<uint64_t> checked = CheckWire(*histogram);
      if (!checked.ok()) return checked.status();
      count = *checked;
    }
    uint64_t& expected = Of(group);
    if (expected == kAny) expected = count;
    if (count == expected) return absl::OkStatus();
    return Invalid("has ", count, " values of ", name, ", expected ", expected);
  }

 private:
  static constexpr uint64_t kAny = UINT64_MAX;

  std::array<uint64_t, kTotalsGroups> values_;
};

// Whether histograms are valid, and of the invocations that were counted.
absl::Status CheckHistograms(const wire::InstanceDelta& message) {
  GroupValues values(message);
#define INVOCATOR_CHECK(name, group, of_workers)                         \
  if (absl::Status status =                                              \
          values.Check(message.has_##name() ? &message.name() : nullptr, \
                       #name, TotalsGroup::group);                       \
      !status.ok()) {                                                    \
    return status;                                                       \
  }
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_CHECK)
#undef INVOCATOR_CHECK
  const uint64_t ended = values.Of(TotalsGroup::kEnded);
  const uint64_t cold = values.Of(TotalsGroup::kCold);
  const uint64_t warm = values.Of(TotalsGroup::kWarm);
  const uint64_t init = values.Of(TotalsGroup::kInit);
  const uint64_t answered = values.Of(TotalsGroup::kAnswered);
  if (answered > ended) {
    return Invalid("has ", answered, " first bytes of ", ended,
                   " ended invocations");
  }
  if (cold > ended || warm > ended - cold || init > message.billed_count()) {
    return Invalid("has ", cold, " cold, ", warm, " warm and ", init,
                   " initialised invocations of ", ended);
  }
  return absl::OkStatus();
}

}  // namespace

void ToWire(const Totals& totals, wire::InstanceDelta& message) {
#define INVOCATOR_SET(name) message.set_##name(totals.name);
  INVOCATOR_TOTALS_SUMS(INVOCATOR_SET)
  INVOCATOR_TOTALS_MAXIMA(INVOCATOR_SET)
#undef INVOCATOR_SET
  message.mutable_outcomes()->Add(totals.outcomes.begin(),
                                  totals.outcomes.end());
  if (std::any_of(totals.reasons.begin(), totals.reasons.end(),
                  [](uint64_t count) { return count > 0; })) {
    message.mutable_reasons()->Add(totals.reasons.begin(),
                                   totals.reasons.end());
  }
#define INVOCATOR_SET(name, group, of_workers) \
  if (totals.name.count() > 0) *message.mutable_##name() = ToWire(totals.name);
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_SET)
#undef INVOCATOR_SET
}

uint32_t TotalsDelta::instance() const { return message_.instance(); }
uint64_t TotalsDelta::sent() const { return message_.sent(); }
uint64_t TotalsDelta::dropped() const { return message_.dropped(); }
uint64_t TotalsDelta::sent_digest() const { return message_.sent_digest(); }

uint64_t TotalsDelta::outcome(Outcome outcome) const {
  const int index = static_cast<int>(outcome);
  return index < message_.outcomes_size() ? message_.outcomes(index) : 0;
}

absl::Status TotalsDelta::Check(uint64_t most) const {
  absl::Status status = CheckCounts(message_, most);
  if (status.ok()) status = CheckBill(message_);
  if (status.ok()) status = CheckHistograms(message_);
  return status;
}

void TotalsDelta::AddTo(Totals& instance) const {
  AddCounts(message_, instance);
#define INVOCATOR_ADD(name, group, of_workers) \
  if (message_.has_##name()) AddChecked(message_.name(), instance.name);
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
}

void TotalsDelta::AddToWorker(Totals& worker) const {
  AddCounts(message_, worker);
#define INVOCATOR_ADD(name, group, of_workers)  \
  if constexpr (of_workers) {                   \
    if (message_.has_##name()) {                \
      AddChecked(message_.name(), worker.name); \
    }                                           \
  }
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
}

}  // namespace invocator
