// Costs of small plans, by prices that are easy to multiply.
#ifndef INVOCATOR_TESTS_SUPPORT_COSTS_H_
#define INVOCATOR_TESTS_SUPPORT_COSTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/cost/cost.h"
#include "coordinator/cost/price_table.h"
#include "coordinator/workload/target_reader.h"

namespace invocator {

inline PriceTable Prices() {
  PriceTable table;
  table.currency = "USD";
  table.date = "2026-01-02";
  table.architecture = "x86_64";
  table.api_gateway = "rest";
  table.default_region = "us-east-1";
  table.regions["us-east-1"] = {200'000, 16'666'700, 3'500'000};
  table.regions["dear-1"] = {400'000, 33'333'400, 7'000'000};
  return table;
}

inline InstancePlan Instance(std::string name, std::string service,
                             std::optional<double> expected_duration_ms = {}) {
  InstancePlan instance;
  instance.name = std::move(name);
  instance.endpoint = {"h", "/", ""};
  instance.signing = SigningScope{"us-east-1", std::move(service)};
  ReadTarget({}, instance);
  instance.expected_duration_ms = expected_duration_ms;
  return instance;
}

inline Plan PlanOf(std::vector<InstancePlan> instances) {
  Plan plan;
  plan.instances = std::move(instances);
  return plan;
}

inline Usage Requests(uint64_t requests) {
  Usage usage;
  usage.requests = requests;
  return usage;
}

// `requests`, of which `billed` had their duration billed.
inline Usage Billed(uint64_t requests, uint64_t billed, uint64_t mb_ms) {
  Usage usage = Requests(requests);
  usage.billed = billed;
  usage.billed_mb_ms = mb_ms;
  return usage;
}

inline Cost CostOf(const Plan& plan, const std::vector<Usage>& usages,
                   std::vector<std::optional<uint32_t>> sizes_mb) {
  return ComputeCost(plan, usages, {std::move(sizes_mb)}, Prices());
}

// Everything that the cost assumes.
inline std::string Words(const Cost& cost) {
  std::string words;
  for (const std::string& phrase : cost.assumptions) words += phrase + "; ";
  return words;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_COSTS_H_
