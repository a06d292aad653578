// Cost of a run at the list prices of a table: before it, of what is planned;
// after it, of what was sent and billed. Pure.
//
// Units: amounts are nano-units, 1e-9 of the currency. Every item is rounded
// once, half up; the total is the sum of the items. Amounts beyond int64 stay
// at its end.
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

// What an instance used of what AWS charges for.
struct Usage {
  uint64_t requests = 0;      // that reached AWS and were not refused
  uint64_t no_function = 0;   // that a service answered, without a function
  uint64_t not_charged = 0;   // that were refused, or did not reach AWS
  uint64_t billed = 0;        // requests whose billed duration AWS told
  uint64_t billed_mb_ms = 0;  // theirs, each by its memory size
};

// Of what is planned, and of what was sent.
//
// API Gateway charges what it hands on, also if the function is throttled then
// (AWS's answer in repost.aws/questions/QUm1jSF1ieSQ25Ol1RzFLysA), and requests
// that are not valid, but not those that it does not authorize, has no route
// for, or throttles itself (repost.aws/questions/QU5y4fo-e3RWyU5r4VmyPIzA).
// Lambda charges what starts executing. So connect_error, tls_error, auth_error
// and throttled are not charged, but for integration_throttled, which API
// Gateway charges and Lambda does not. Likewise gateway_error: too much for an
// HTTP API's 404 without a route, which is one of them.
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
  // Of the charged requests, those whose duration AWS told, is estimated, and
  // is not known and so not in the total.
  uint64_t billed = 0;
  uint64_t estimated = 0;
  uint64_t unknown = 0;
  // Whole phrases, for people.
  std::vector<std::string> assumptions;
  // Whether any of AWS's prices applies to the plan.
  bool applies = false;

  // Of charged requests; 0 if there are none.
  int64_t PerMillionNano() const;
};

// How much a total says: exact (every duration is AWS's), estimated,
// lower_bound (some durations are not known), requests_only (none is).
absl::string_view CostBasis(const Cost& cost);

// The memory a duration is reckoned with where AWS does not tell.
struct MemoryOfRun {
  // By instance; absent: unknown.
  std::vector<std::optional<uint32_t>> sizes_mb;
  bool is_set = true;  // else they are what the workload says
};

// Of a run that sets those targets, or, if it is to `keep` all memory sizes,
// none.
MemoryOfRun MakeMemoryOfRun(const Plan& plan,
                            const std::vector<MemoryTarget>& targets,
                            bool keep);

// REQUIRES: usages and sizes_mb have an element for each instance.
Cost ComputeCost(const Plan& plan, const std::vector<Usage>& usages,
                 const MemoryOfRun& memory, const PriceTable& prices);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_COST_COST_H_
