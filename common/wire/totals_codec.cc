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

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("progress ", args...));
}

// Whether `sum` is more than `count` times `most`.
bool IsMoreThan(uint64_t sum, uint64_t count, uint64_t most) {
  return sum / most + (sum % most > 0 ? 1 : 0) > count;
}

// The number of values in each group's histograms.
class GroupValues {
 public:
  static constexpr uint64_t kAny = UINT64_MAX;

  // Accepts any number until Of or the group's first histogram sets it.
  GroupValues() { values_.fill(kAny); }

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
  std::array<uint64_t, kTotalsGroups> values_;
};

uint64_t OutcomeOfBin(const wire::BinDelta& bin, Outcome outcome) {
  const int index = static_cast<int>(outcome);
  return index < bin.outcomes_size() ? bin.outcomes(index) : 0;
}

// Whether a bin's histograms are valid and fit each other. Sets `scheduled` to
// the number of calls in them.
absl::Status CheckBinHistograms(const wire::BinDelta& bin,
                                uint64_t& scheduled) {
  GroupValues values;
#define INVOCATOR_CHECK(name, group)                                    \
  if (absl::Status status =                                             \
          values.Check(bin.has_##name() ? &bin.name() : nullptr, #name, \
                       TotalsGroup::group);                             \
      !status.ok()) {                                                   \
    return status;                                                      \
  }
  INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_CHECK)
#undef INVOCATOR_CHECK
  scheduled = values.Of(TotalsGroup::kSent);
  const uint64_t ended = values.Of(TotalsGroup::kEnded);
  const uint64_t answered = values.Of(TotalsGroup::kAnswered);
  // Aborted calls have no latency.
  const uint64_t aborted = OutcomeOfBin(bin, Outcome::kAborted);
  if (aborted > scheduled || ended != scheduled - aborted || answered > ended) {
    return Invalid("has tick ", bin.tick(), " with ", scheduled,
                   " calls scheduled, ", aborted, " aborted, ", ended,
                   " ended and ", answered, " answered");
  }
  return absl::OkStatus();
}

void AddCounts(const wire::InstanceDelta& message, Totals& into) {
#define INVOCATOR_ADD(name) into.name += message.name();
  INVOCATOR_TOTALS_SUMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
#define INVOCATOR_RAISE(name) into.name = std::max(into.name, message.name());
  INVOCATOR_TOTALS_MAXIMA(INVOCATOR_RAISE)
#undef INVOCATOR_RAISE
  for (int i = 0; i < message.reasons_size(); ++i) {
    into.reasons[static_cast<size_t>(i)] += message.reasons(i);
  }
}

// Adds `count` to `sum`; false, and adds nothing, if the sum would exceed
// `most`.
bool AddUpTo(uint64_t most, uint64_t count, uint64_t& sum) {
  if (count > most - sum) return false;
  sum += count;
  return true;
}

}  // namespace

void ToWire(const Totals& totals, wire::InstanceDelta& message) {
#define INVOCATOR_SET(name) message.set_##name(totals.name);
  INVOCATOR_TOTALS_SUMS(INVOCATOR_SET)
  INVOCATOR_TOTALS_MAXIMA(INVOCATOR_SET)
#undef INVOCATOR_SET
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

void ToWire(const BinTotals& totals, wire::BinDelta& message) {
#define INVOCATOR_SET(name) message.set_##name(totals.name);
  INVOCATOR_BIN_SUMS(INVOCATOR_SET)
#undef INVOCATOR_SET
  if (std::any_of(totals.outcomes.begin(), totals.outcomes.end(),
                  [](uint64_t count) { return count > 0; })) {
    message.mutable_outcomes()->Add(totals.outcomes.begin(),
                                    totals.outcomes.end());
  }
#define INVOCATOR_SET(name, group) \
  if (totals.name.count() > 0) *message.mutable_##name() = ToWire(totals.name);
  INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_SET)
#undef INVOCATOR_SET
}

TotalsDelta::TotalsDelta(const wire::InstanceDelta& message)
    : message_(message) {
  for (const wire::BinDelta& bin : message.bins()) {
    sent_ += bin.sent();
    dropped_ += bin.dropped();
    cold_ += bin.cold();
    warm_ += bin.warm();
    for (size_t i = 0; i < kOutcomes; ++i) {
      outcomes_[i] += OutcomeOfBin(bin, static_cast<Outcome>(i));
    }
  }
}

uint32_t TotalsDelta::instance() const { return message_.instance(); }
bool TotalsDelta::warmup() const { return message_.warmup(); }
uint64_t TotalsDelta::sent_digest() const { return message_.sent_digest(); }

absl::Status TotalsDelta::Check(uint64_t most, uint32_t ticks) const {
  absl::Status status = CheckBins(most, ticks);
  if (status.ok()) status = CheckReasons();
  if (status.ok()) status = CheckBill();
  if (status.ok()) status = CheckHistograms();
  return status;
}

// A call is counted in up to three bins: scheduled, sent and done.
absl::Status TotalsDelta::CheckBins(uint64_t most, uint32_t ticks) const {
  uint64_t touched = 0;
  uint64_t sent = 0;
  uint64_t scheduled = 0;
  uint64_t ended = 0;
  uint64_t known = 0;
  int64_t previous = -1;
  for (const wire::BinDelta& bin : message_.bins()) {
    if (bin.tick() >= ticks || bin.tick() <= previous) {
      return Invalid("has tick ", bin.tick(), " after ", previous,
                     ", expected them in ascending order and below ", ticks);
    }
    previous = bin.tick();
    if (!AddUpTo(most, bin.sent(), touched) ||
        !AddUpTo(most, bin.dropped(), touched)) {
      return Invalid("counts more invocations of instance ",
                     message_.instance(), " than the ", most,
                     " that may still come");
    }
    sent += bin.sent();
    if (bin.outcomes_size() != 0 &&
        bin.outcomes_size() != static_cast<int>(kOutcomes)) {
      return Invalid("counts ", bin.outcomes_size(), " outcomes, expected ",
                     kOutcomes);
    }
    for (const uint64_t count : bin.outcomes()) {
      if (!AddUpTo(most, count, ended)) {
        return Invalid("counts more outcomes than ", most);
      }
    }
    if (OutcomeOfBin(bin, Outcome::kLost) != 0) {
      return Invalid("counts lost invocations, as only the coordinator may");
    }
    uint64_t scheduled_in_bin = 0;
    absl::Status status = CheckBinHistograms(bin, scheduled_in_bin);
    if (!status.ok()) return status;
    if (!AddUpTo(most, scheduled_in_bin, scheduled) ||
        !AddUpTo(most, bin.cold(), known) ||
        !AddUpTo(most, bin.warm(), known)) {
      return Invalid("counts more calls scheduled, cold or warm than ", most);
    }
    if (bin.sent() == 0 && bin.dropped() == 0 && bin.outcomes_size() == 0 &&
        scheduled_in_bin == 0) {
      return Invalid("has nothing in tick ", bin.tick());
    }
  }
  if (ended != sent || scheduled != sent) {
    return Invalid("counts ", sent, " sent, but ", ended, " outcomes and ",
                   scheduled, " scheduled");
  }
  return absl::OkStatus();
}

// Whether reasons fit the outcomes, which need not all have one.
absl::Status TotalsDelta::CheckReasons() const {
  if (message_.reasons_size() == 0) return absl::OkStatus();
  if (message_.reasons_size() != static_cast<int>(kReasons)) {
    return Invalid("counts ", message_.reasons_size(),
                   " reasons, expected none or ", kReasons);
  }
  OutcomeCounts left = outcomes_;
  for (size_t i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    const uint64_t count = message_.reasons(static_cast<int>(i));
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

// Whether the billed sums are possible.
absl::Status TotalsDelta::CheckBill() const {
  const wire::InstanceDelta& m = message_;
  if (m.billed_count() > sent_ ||
      IsMoreThan(m.billed_ms(), m.billed_count(), kMaxBilledMs) ||
      IsMoreThan(m.billed_mb_ms(), m.billed_ms(), kMaxMemoryMb) ||
      m.memory_used_mb() > kMaxMemoryMb) {
    return Invalid("counts ", m.billed_count(), " of ",
                   Counted(sent_, "invocation"), " billed for ", m.billed_ms(),
                   " ms and ", m.billed_mb_ms(), " ms x MB");
  }
  return absl::OkStatus();
}

// Whether the histograms outside of bins are valid and match the bins' counts.
absl::Status TotalsDelta::CheckHistograms() const {
  GroupValues values;
  const bool is_blocking =
      message_.has_own_lateness() || message_.has_blocked();
  values.Of(TotalsGroup::kBlocking) = is_blocking ? sent_ : 0;
  values.Of(TotalsGroup::kCold) = cold_;
  values.Of(TotalsGroup::kWarm) = warm_;
#define INVOCATOR_CHECK(name, group, of_workers)                           \
  if (absl::Status status =                                                \
          values.Check(message_.has_##name() ? &message_.name() : nullptr, \
                       #name, TotalsGroup::group);                         \
      !status.ok()) {                                                      \
    return status;                                                         \
  }
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_CHECK)
#undef INVOCATOR_CHECK
  const uint64_t ended = sent_ - outcome(Outcome::kAborted);
  const uint64_t init = values.Of(TotalsGroup::kInit);
  if (cold_ > ended || warm_ > ended - cold_ ||
      init > message_.billed_count()) {
    return Invalid("has ", cold_, " cold, ", warm_, " warm and ", init,
                   " initialised invocations of ", ended);
  }
  return absl::OkStatus();
}

void TotalsDelta::ForEachBin(
    absl::FunctionRef<void(uint32_t tick, const BinTotals& bin)> visit) const {
  for (const wire::BinDelta& message : message_.bins()) {
    BinTotals bin;
#define INVOCATOR_SET(name) bin.name = message.name();
    INVOCATOR_BIN_SUMS(INVOCATOR_SET)
#undef INVOCATOR_SET
    std::copy(message.outcomes().begin(), message.outcomes().end(),
              bin.outcomes.begin());
#define INVOCATOR_SET(name, group) \
  if (message.has_##name()) AddChecked(message.name(), bin.name);
    INVOCATOR_BIN_HISTOGRAMS(INVOCATOR_SET)
#undef INVOCATOR_SET
    visit(message.tick(), bin);
  }
}

void TotalsDelta::AddRestTo(Totals& instance) const {
  AddCounts(message_, instance);
#define INVOCATOR_ADD(name, group, of_workers) \
  if (message_.has_##name()) AddChecked(message_.name(), instance.name);
  INVOCATOR_TOTALS_HISTOGRAMS(INVOCATOR_ADD)
#undef INVOCATOR_ADD
}

void TotalsDelta::AddRestToWorker(Totals& worker) const {
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
