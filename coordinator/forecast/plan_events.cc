#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "common/plan/partition.h"
#include "coordinator/books/owner_table.h"
#include "coordinator/forecast/merged_arrivals.h"
#include "coordinator/forecast/plan_report.h"
#include "coordinator/text/csv_field.h"

namespace invocator {
namespace {

// Formats lines into a buffer of its own: millions a second, where a stream's
// operator<< would allow one.
class EventWriter {
 public:
  explicit EventWriter(std::ostream& out) : out_(out) {}

  void Text(absl::string_view text) {
    if (size_ + text.size() > buffer_.size()) {
      Flush();
      if (text.size() > buffer_.size()) {
        out_.write(text.data(), static_cast<std::streamsize>(text.size()));
        return;
      }
    }
    std::memcpy(&buffer_[size_], text.data(), text.size());
    size_ += text.size();
  }

  void Integer(uint64_t value) {
    constexpr size_t kMostDigits = 20;
    if (size_ + kMostDigits > buffer_.size()) Flush();
    char* const begin = &buffer_[size_];
    size_ += static_cast<size_t>(
        std::to_chars(begin, begin + kMostDigits, value).ptr - begin);
  }

  // Seconds with nine decimals.
  void Time(int64_t ns) {
    constexpr uint64_t kNsPerS = 1'000'000'000;
    const auto value = static_cast<uint64_t>(ns);
    Integer(value / kNsPerS);
    std::array<char, 10> decimals;
    uint64_t rest = value % kNsPerS;
    for (size_t i = decimals.size() - 1; i > 0; --i) {
      decimals[i] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    }
    decimals[0] = '.';
    Text({decimals.data(), decimals.size()});
  }

  void Flush() {
    out_.write(buffer_.data(), static_cast<std::streamsize>(size_));
    size_ = 0;
  }

 private:
  std::ostream& out_;
  std::array<char, 65536> buffer_;
  size_t size_ = 0;
};

}  // namespace

std::vector<uint64_t> PrintEvents(const Plan& plan, size_t workers,
                                  std::ostream& out) {
  std::vector<uint64_t> counts(plan.instances.size(), 0);
  const OwnerTable owners(PartitionPlan(plan, workers), plan.instances.size());
  std::vector<std::string> names;  // with the commas around them
  for (const InstancePlan& instance : plan.instances) {
    names.push_back("," + CsvField(instance.name) + ",");
  }
  EventWriter writer(out);
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
