// Reads a workload's mix: one rate spread over the instances that name none.
//
// Plain values once read.
#ifndef INVOCATOR_COORDINATOR_SHAPES_MIX_READER_H_
#define INVOCATOR_COORDINATOR_SHAPES_MIX_READER_H_

#include <map>
#include <optional>
#include <string>

#include "common/arrivals/rate_shape.h"
#include "coordinator/json/field_reader.h"
#include "coordinator/json/workload_issues.h"

namespace invocator {

// Points of the rates of all instances together: they travel with the plan.
inline constexpr size_t kMaxWorkloadPoints = 2'000'000;

class Mix {
 public:
  // `fields`: the workload's. Without "mix", or if it is wrong, the mix has no
  // rates. By "zipf" s the k-th instance without a rate, in the file's order,
  // has weight 1 / k^s; "weights" gives a weight to each; else all weights are
  // equal. The same on every machine. Errors go to `issues`, which are those of
  // `fields`.
  static Mix Read(FieldReader& fields, WorkloadIssues& issues);

  // The share of an instance that names no rate.
  std::optional<RateShape> RateOf(const std::string& instance) const;

  // True if the workload has a mix, valid or not: then an instance may lack a
  // rate.
  bool given() const { return given_; }

 private:
  bool given_ = false;
  RateShape rate_;
  std::map<std::string, double> factors_;  // by instance
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_SHAPES_MIX_READER_H_
