#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/plan/partition.h"
#include "coordinator/books/owner_table.h"
#include "coordinator/forecast/line_writer.h"
#include "coordinator/forecast/merged_arrivals.h"
#include "coordinator/forecast/plan_report.h"
#include "coordinator/text/csv_field.h"

namespace invocator {

std::vector<uint64_t> PrintEvents(const Plan& plan, size_t workers,
                                  std::ostream& out) {
  std::vector<uint64_t> counts(plan.instances.size(), 0);
  const OwnerTable owners(PartitionPlan(plan, workers), plan.instances.size());
  std::vector<std::string> names;  // with the commas around them
  for (const InstancePlan& instance : plan.instances) {
    names.push_back("," + CsvField(instance.name) + ",");
  }
  LineWriter writer(out);
  writer.Text("time_s,instance,sequence,worker\n");
  MergedArrivals arrivals(plan);
  while (out.good()) {
    const std::optional<MergedArrivals::Item> item = arrivals.Next();
    if (!item) break;
    ++counts[item->instance];
    writer.Time(item->arrival.scheduled_ns);
    writer.Text(names[item->instance]);
    writer.Integer(item->arrival.sequence);
    writer.Text(",");
    writer.Integer(owners.Owner(item->instance, item->arrival.sequence));
    writer.Text("\n");
  }
  writer.Flush();
  return counts;
}

}  // namespace invocator
