#include "coordinator/cost/cost.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/result/totals.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

constexpr uint64_t kPicoPerNano = 1000;
constexpr uint64_t kMbMsPerGbS = 1'024'000;
constexpr Outcome kNotCharged[] = {Outcome::kConnectError, Outcome::kTlsError,
                                   Outcome::kAuthError, Outcome::kThrottled};

int64_t Saturated(absl::uint128 value) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  return value > absl::uint128(kMost) ? kMost : static_cast<int64_t>(value);
}

// quantity * price / divisor, half up.
int64_t Amount(uint64_t quantity, int64_t price_pico, uint64_t divisor) {
  const absl::uint128 product =
      absl::uint128(quantity) *
      absl::uint128(static_cast<uint64_t>(price_pico));
  return Saturated((product + divisor / 2) / divisor);
}

// Of calls of that duration; AWS bills whole milliseconds.
uint64_t MbMs(uint64_t calls, double duration_ms, uint32_t memory_mb) {
  const absl::uint128 mb_ms = absl::uint128(calls) *
                              static_cast<uint64_t>(std::ceil(duration_ms)) *
                              memory_mb;
  return static_cast<uint64_t>(
      std::min<absl::uint128>(mb_ms, std::numeric_limits<uint64_t>::max()));
}

class Bill {
 public:
  Bill(const PriceTable& prices, const MemoryOfRun& memory)
      : prices_(prices), memory_(memory) {
    cost_.currency = prices.currency;
    cost_.price_date = prices.date;
    cost_.price_source = prices.source;
  }

  void Add(const InstancePlan& instance, const Usage& usage,
           std::optional<uint32_t> memory_mb) {
    const Charge charge = ChargeOf(instance);
    if (charge == Charge::kNone) {
      ++instances_without_price_;
      return;
    }
    const bool has_gateway = charge == Charge::kApiGateway;
    const uint64_t charged =
        usage.requests + (has_gateway ? usage.no_function : 0);
    cost_.applies = true;
    cost_.requests += charged;
    cost_.not_charged +=
        usage.requests + usage.no_function + usage.not_charged - charged;
    const std::string& region = instance.region;
    if (!region.empty()) regions_.insert(region);
    const RegionPrices& prices = prices_.Of(region);
    if (has_gateway) {
      has_api_gateway_ = true;
      Item(instance, CostKind::kApiGatewayRequests, charged,
           prices.api_gateway_request_pico);
    }
    Item(instance, CostKind::kLambdaRequests, usage.requests,
         prices.lambda_request_pico);
    AddDurations(instance, usage, memory_mb, prices.lambda_gb_s_pico);
  }

  Cost Close() && {
    Assume();
    return std::move(cost_);
  }

 private:
  void AddDurations(const InstancePlan& instance, const Usage& usage,
                    std::optional<uint32_t> memory_mb, int64_t price_pico) {
    // A call may be billed and still be counted as refused.
    const uint64_t others =
        usage.requests - std::min(usage.requests, usage.billed);
    cost_.billed += usage.billed;
    Item(instance, CostKind::kLambdaDuration, usage.billed_mb_ms, price_pico);
    if (!instance.expected_duration_ms || !memory_mb) {
      cost_.unknown += others;
      if (others > 0 && instance.expected_duration_ms) lacks_memory_ = true;
      return;
    }
    cost_.estimated += others;
    Item(instance, CostKind::kEstimatedLambdaDuration,
         MbMs(others, *instance.expected_duration_ms, *memory_mb), price_pico);
  }

  void Item(const InstancePlan& instance, CostKind kind, uint64_t quantity,
            int64_t price_pico) {
    if (quantity == 0) return;
    const bool is_duration = kind == CostKind::kLambdaDuration ||
                             kind == CostKind::kEstimatedLambdaDuration;
    const int64_t amount =
        Amount(quantity, price_pico,
               is_duration ? kPicoPerNano * kMbMsPerGbS : kPicoPerNano);
    cost_.total_nano =
        Saturated(absl::uint128(static_cast<uint64_t>(cost_.total_nano)) +
                  absl::uint128(static_cast<uint64_t>(amount)));
    cost_.items.push_back({instance.name, kind, quantity, price_pico, amount});
  }

  void Say(std::string phrase) {
    cost_.assumptions.push_back(std::move(phrase));
  }

  void Assume() {
    if (cost_.applies) SayPrices();
    if (cost_.not_charged > 0) {
      Say(absl::StrCat(
          Counted(cost_.not_charged, "refused or unconnected call"),
          " not charged"));
    }
    if (cost_.estimated > 0) {
      Say(absl::StrCat("durations of ", Counted(cost_.estimated, "call"),
                       " as expected_duration_ms says",
                       memory_.is_set ? "" : ", memory sizes as memory_size"));
    }
    if (cost_.unknown > 0) {
      Say(absl::StrCat(lacks_memory_ ? "memory size" : "duration", " of ",
                       Counted(cost_.unknown, "call"), " unknown"));
    }
    if (instances_without_price_ > 0 && cost_.applies) {
      Say(absl::StrCat("no AWS price for ",
                       Counted(instances_without_price_, "instance")));
    }
  }

  void SayPrices() {
    std::vector<absl::string_view> own, lent;
    for (const std::string& region : regions_) {
      (prices_.regions.count(region) > 0 ? own : lent).push_back(region);
    }
    if ((!lent.empty() || own.empty()) &&
        std::find(own.begin(), own.end(), prices_.default_region) ==
            own.end()) {
      own.push_back(prices_.default_region);
    }
    std::string words = absl::StrCat("list prices of ", Listed(own));
    if (!lent.empty()) {
      absl::StrAppend(&words, " (",
                      own.size() > 1 ? prices_.default_region + " " : "",
                      "also for ", Listed(lent), ")");
    }
    absl::StrAppend(&words, " as of ", prices_.date);
    if (has_api_gateway_) {
      absl::StrAppend(&words,
                      prices_.api_gateway == "rest"
                          ? ", REST API"
                          : ", HTTP API (calls up to 512 KB)",
                      " before Lambda");
    }
    if (cost_.billed + cost_.estimated > 0) {
      absl::StrAppend(&words, ", ", prices_.architecture);
    }
    absl::StrAppend(&words,
                    ", first tier, without free tier, data transfer and logs");
    Say(std::move(words));
  }

  static std::string Listed(const std::vector<absl::string_view>& names) {
    constexpr size_t kShown = 5;
    const size_t shown = std::min(names.size(), kShown);
    std::string list =
        absl::StrJoin(names.begin(),
                      names.begin() + static_cast<std::ptrdiff_t>(shown), ", ");
    if (shown < names.size()) {
      absl::StrAppend(&list, " and ", names.size() - shown, " more");
    }
    return list;
  }

  const PriceTable& prices_;
  const MemoryOfRun& memory_;
  Cost cost_;
  std::set<std::string> regions_;
  bool has_api_gateway_ = false;
  bool lacks_memory_ = false;
  uint64_t instances_without_price_ = 0;
};

}  // namespace

std::vector<Usage> PlannedUsages(const Census& census) {
  std::vector<Usage> usages;
  for (const InstanceCensus& instance : census.instances) {
    usages.push_back(Usage());
    usages.back().requests = instance.count;
  }
  return usages;
}

Usage SentUsage(const Totals& totals) {
  Usage usage;
  for (const Outcome outcome : kNotCharged) {
    usage.not_charged += totals.outcomes[static_cast<size_t>(outcome)];
  }
  const uint64_t integration_throttled =
      totals.reasons[static_cast<size_t>(Reason::kIntegrationThrottled)];
  usage.not_charged -= std::min(usage.not_charged, integration_throttled);
  usage.no_function =
      integration_throttled +
      totals.reasons[static_cast<size_t>(Reason::kGatewayError)];
  usage.not_charged = std::min(usage.not_charged, totals.sent);
  usage.no_function =
      std::min(usage.no_function, totals.sent - usage.not_charged);
  usage.requests = totals.sent - usage.not_charged - usage.no_function;
  usage.billed = totals.billed_count;
  usage.billed_mb_ms = totals.billed_mb_ms;
  return usage;
}

absl::string_view CostKindName(CostKind kind) {
  switch (kind) {
    case CostKind::kApiGatewayRequests:
      return "api_gateway_requests";
    case CostKind::kLambdaRequests:
      return "lambda_requests";
    case CostKind::kLambdaDuration:
      return "lambda_duration";
    case CostKind::kEstimatedLambdaDuration:
      return "lambda_duration_estimated";
  }
  return "";
}

int64_t Cost::PerMillionNano() const {
  return requests == 0
             ? 0
             : Saturated((absl::uint128(static_cast<uint64_t>(total_nano)) *
                              1'000'000 +
                          requests / 2) /
                         requests);
}

absl::string_view CostBasis(const Cost& cost) {
  if (cost.unknown > 0) {
    return cost.billed + cost.estimated > 0 ? "lower_bound" : "requests_only";
  }
  return cost.estimated > 0 ? "estimated" : "exact";
}

MemoryOfRun MakeMemoryOfRun(const Plan& plan,
                            const std::vector<MemoryTarget>& targets,
                            bool keep) {
  MemoryOfRun memory;
  memory.is_set = !keep;
  memory.sizes_mb = MemoryByInstance(plan, targets);
  for (size_t i = 0; i < plan.instances.size() && keep; ++i) {
    memory.sizes_mb[i] = plan.instances[i].memory_size_mb;
  }
  return memory;
}

Cost ComputeCost(const Plan& plan, const std::vector<Usage>& usages,
                 const MemoryOfRun& memory, const PriceTable& prices) {
  Bill bill(prices, memory);
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    bill.Add(plan.instances[i], usages[i], memory.sizes_mb[i]);
  }
  return std::move(bill).Close();
}

}  // namespace invocator
