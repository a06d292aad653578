#include "coordinator/report/notices.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/process/say.h"
#include "common/words/listing.h"
#include "coordinator/cost/cost_report.h"

namespace invocator {

void PrintError(const absl::Status& error) { SayError(error.message()); }

void Warn(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) {
    Say(absl::StrCat("invocator: ", warning));
  }
}

void PrintPlanned(const Plan& plan, const Census& census,
                  const std::string& folder) {
  Say(absl::StrFormat("%s: %s of %s in %g s, seed %d, results in %s",
                      plan.test_name, Counted(census.total.count, "invocation"),
                      Counted(plan.instances.size(), "instance"),
                      plan.duration_s, plan.seed, folder));
}

void PrintEstimate(const Cost& cost) {
  if (!cost.applies) return;
  Say(absl::StrCat("estimated cost ", CostWords(cost)));
}

}  // namespace invocator
