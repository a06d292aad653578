// Cost of a run at the list prices of a table: before the run for the planned
// calls, after it for the calls sent and billed. Pure.
//
// Units: amounts are nano-units, 1e-9 of the currency. Every item is rounded
// once, half up; the total is the sum of the items. Amounts saturate at the
// ends of int64.
#ifndef INVOCATOR_COORDINATOR_COST_COST_H_
#define INVOCATOR_COORDINATOR_COST_COST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/plan/plan.h"
#include "coordinator/books/census.h"
#include "coordinator/cost/charge.h"
#include "coordinator/cost/price_table.h"
#include "coordinator/memory/memory_size.h"

namespace invocator {

struct Totals;

// An instance's use of AWS, by what is charged.
struct Usage {
  uint64_t requests = 0;      // that reached AWS and were not refused
  uint64_t no_function = 0;   // that a service answered, without a function
  uint64_t not_charged = 0;   // that were refused, or did not reach AWS
  uint64_t billed = 0;        // requests with a billed duration from AWS
  uint64_t billed_mb_ms = 0;  // theirs, each by its memory size
};

// Usage of the planned calls, and of the calls sent.
//
// API Gateway charges requests that it passes on, even if the function is then
// throttled (AWS's answer in repost.aws/questions/QUm1jSF1ieSQ25Ol1RzFLysA),
// and invalid requests. It does not charge requests that it does not authorize,
// has no route for, or throttles itself
// (repost.aws/questions/QU5y4fo-e3RWyU5r4VmyPIzA). Lambda charges calls that
// start executing. So connect_error, tls_error, auth_error and throttled are
// not charged. Two exceptions, integration_throttled and gateway_error, are
// charged by API Gateway and not by Lambda. For gateway_error this is too much
// if an HTTP API has no route (404). A refusal that the workload expects counts
// as ok and is charged, which is too much, too.
std::vector<Usage> PlannedUsages(const Census& census);
Usage SentUsage(const Totals& totals);

enum class CostKind {
  kApiGatewayRequests,
  kLambdaRequests,
  kLambdaDuration,           // as AWS billed it
  kEstimatedLambdaDuration,  // from expected_duration_ms
};
absl::string_view CostKindName(CostKind kind);

struct CostItem {
  std::string instance;
  CostKind kind = CostKind::kLambdaRequests;
  uint64_t quantity = 0;   // requests, or MB ms
  int64_t price_pico = 0;  // of a request, or of a GB-s
  int64_t amount_nano = 0;
};

struct Cost {
  std::string currency;
  std::string price_date;
  std::string price_source;
  std::vector<CostItem> items;
  int64_t total_nano = 0;
  uint64_t requests = 0;     // charged
  uint64_t not_charged = 0;  // of instances that prices apply to
  // Charged requests by their duration: from AWS, estimated, or unknown and so
  // not in the total.
  uint64_t billed = 0;
  uint64_t estimated = 0;
  uint64_t unknown = 0;
  // Whole phrases, for people.
  std::vector<std::string> assumptions;
  // Whether any of AWS's prices applies to the plan.
  bool applies = false;

  // Cost of a million charged requests; 0 without any.
  int64_t PerMillionNano() const;
};

// Accuracy of a total: exact (every duration is AWS's), estimated, lower_bound
// (some durations are unknown), requests_only (all are).
absl::string_view CostBasis(const Cost& cost);

// Memory sizes used to compute the cost where AWS does not report them.
struct MemoryOfRun {
  // By instance; absent: unknown.
  std::vector<std::optional<uint32_t>> sizes_mb;
  bool is_set = true;  // else they come from the workload
};

// Memory of a run that sets those targets, or, with `keep`, none.
MemoryOfRun MakeMemoryOfRun(const Plan& plan,
                            const std::vector<MemoryTarget>& targets,
                            bool keep);

// REQUIRES: usages and sizes_mb have an element for each instance.
Cost ComputeCost(const Plan& plan, const std::vector<Usage>& usages,
                 const MemoryOfRun& memory, const PriceTable& prices);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_COST_COST_H_
