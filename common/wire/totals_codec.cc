#include "common/wire/totals_codec.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/wire/histogram_codec.h"
#include "common/words/listing.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

// The fields of wire::InstanceDelta that the tables of Totals name.
struct Fields {
  Fields() {
    const auto field = [](const char* name) {
      return wire::InstanceDelta::descriptor()->FindFieldByName(name);
    };
    for (size_t i = 0; i < std::size(kTotalsSums); ++i) {
      sums[i] = field(kTotalsSums[i].name);
    }
    for (size_t i = 0; i < std::size(kTotalsHistograms); ++i) {
      histograms[i] = field(kTotalsHistograms[i].name);
    }
  }

  std::array<const FieldDescriptor*, std::size(kTotalsSums)> sums;
  std::array<const FieldDescriptor*, std::size(kTotalsHistograms)> histograms;
  const Reflection& of = *wire::InstanceDelta::GetReflection();
};

const Fields& TheFields() {
  static const Fields* const fields = new Fields();
  return *fields;
}

// Null if the message does not have it.
const wire::Histogram* HistogramIn(const wire::InstanceDelta& message,
                                   size_t index) {
  const Fields& fields = TheFields();
  const FieldDescriptor* field = fields.histograms[index];
  if (!fields.of.HasField(message, field)) return nullptr;
  return static_cast<const wire::Histogram*>(
      &fields.of.GetMessage(message, field));
}

void AddCounts(const wire::InstanceDelta& message, Totals& into) {
  const Fields& fields = TheFields();
  for (size_t i = 0; i < fields.sums.size(); ++i) {
    uint64_t& sum = into.*kTotalsSums[i].member;
    const uint64_t more = fields.of.GetUInt64(message, fields.sums[i]);
    sum = kTotalsSums[i].is_maximum ? std::max(sum, more) : sum + more;
  }
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

// The values that the group's histograms must have; nullopt: any number, but
// all the same.
std::optional<uint64_t> ExpectedValues(const wire::InstanceDelta& message,
                                       TotalsGroup group, bool is_blocking) {
  switch (group) {
    case TotalsGroup::kSent:
      return message.sent();
    case TotalsGroup::kEnded:
      return message.sent() -
             message.outcomes(static_cast<int>(Outcome::kAborted));
    case TotalsGroup::kBlocking:
      return is_blocking ? message.sent() : 0;
    case TotalsGroup::kCold:
    case TotalsGroup::kWarm:
    case TotalsGroup::kInit:
      return std::nullopt;
  }
  return std::nullopt;
}

// Whether histograms are valid, and of the invocations that were counted.
absl::Status CheckHistograms(const wire::InstanceDelta& message) {
  std::array<const wire::Histogram*, std::size(kTotalsHistograms)> histograms;
  bool is_blocking = false;
  for (size_t i = 0; i < histograms.size(); ++i) {
    histograms[i] = HistogramIn(message, i);
    is_blocking |= histograms[i] != nullptr &&
                   kTotalsHistograms[i].group == TotalsGroup::kBlocking;
  }
  std::array<std::optional<uint64_t>, kTotalsGroups> values;
  for (size_t i = 0; i < histograms.size(); ++i) {
    const TotalsHistogram& histogram = kTotalsHistograms[i];
    uint64_t count = 0;
    if (histograms[i] != nullptr) {
      const absl::StatusOr<uint64_t> checked = CheckWire(*histograms[i]);
      if (!checked.ok()) return checked.status();
      count = *checked;
    }
    auto& expected = values[static_cast<size_t>(histogram.group)];
    if (!expected) {
      expected =
          ExpectedValues(message, histogram.group, is_blocking).value_or(count);
    }
    if (count != *expected) {
      return Invalid("has ", count, " values of ", histogram.name,
                     ", expected ", *expected);
    }
  }
  const auto values_of = [&](TotalsGroup group) {
    return values[static_cast<size_t>(group)].value_or(0);
  };
  const uint64_t ended = values_of(TotalsGroup::kEnded);
  const uint64_t cold = values_of(TotalsGroup::kCold);
  const uint64_t warm = values_of(TotalsGroup::kWarm);
  const uint64_t init = values_of(TotalsGroup::kInit);
  if (cold > ended || warm > ended - cold || init > message.billed_count()) {
    return Invalid("has ", cold, " cold, ", warm, " warm and ", init,
                   " initialised invocations of ", ended);
  }
  return absl::OkStatus();
}

}  // namespace

void ToWire(const Totals& totals, wire::InstanceDelta& message) {
  const Fields& fields = TheFields();
  for (size_t i = 0; i < fields.sums.size(); ++i) {
    fields.of.SetUInt64(&message, fields.sums[i],
                        totals.*kTotalsSums[i].member);
  }
  message.mutable_outcomes()->Add(totals.outcomes.begin(),
                                  totals.outcomes.end());
  if (std::any_of(totals.reasons.begin(), totals.reasons.end(),
                  [](uint64_t count) { return count > 0; })) {
    message.mutable_reasons()->Add(totals.reasons.begin(),
                                   totals.reasons.end());
  }
  for (size_t i = 0; i < fields.histograms.size(); ++i) {
    const Histogram& histogram = totals.*kTotalsHistograms[i].member;
    if (histogram.count() == 0) continue;
    *static_cast<wire::Histogram*>(fields.of.MutableMessage(
        &message, fields.histograms[i])) = ToWire(histogram);
  }
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
  for (size_t i = 0; i < std::size(kTotalsHistograms); ++i) {
    const wire::Histogram* histogram = HistogramIn(message_, i);
    if (histogram == nullptr) continue;
    AddChecked(*histogram, instance.*kTotalsHistograms[i].member);
  }
}

void TotalsDelta::AddToWorker(Totals& worker) const {
  AddCounts(message_, worker);
  for (size_t i = 0; i < std::size(kTotalsHistograms); ++i) {
    if (!kTotalsHistograms[i].of_workers) continue;
    const wire::Histogram* histogram = HistogramIn(message_, i);
    if (histogram == nullptr) continue;
    AddChecked(*histogram, worker.*kTotalsHistograms[i].member);
  }
}

}  // namespace invocator
