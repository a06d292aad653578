// Small made-up traces in the formats of public ones, and a sink that records
// its calls.
#ifndef INVOCATOR_TESTS_SUPPORT_TRACES_H_
#define INVOCATOR_TESTS_SUPPORT_TRACES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/trace/trace.h"

namespace invocator {

// A header of Azure's counts of 2019.
inline std::string Azure2019Header() {
  std::string header = "HashOwner,HashApp,HashFunction,Trigger";
  for (int i = 1; i <= 1440; ++i) header += "," + std::to_string(i);
  return header + "\n";
}

// A row of it: the names of owner, app and function, and counts by minute, from
// 1; the other minutes have none.
inline std::string Azure2019Row(const std::string& names,
                                const std::map<int, std::string>& counts) {
  std::string row = names + ",http";
  for (int i = 1; i <= 1440; ++i) {
    const auto found = counts.find(i);
    row += "," + (found == counts.end() ? "0" : found->second);
  }
  return row + "\n";
}

inline constexpr char kAzure2019Durations[] =
    "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,"
    "percentile_Average_0,percentile_Average_1,percentile_Average_25,"
    "percentile_Average_50,percentile_Average_75,percentile_Average_99,"
    "percentile_Average_100\n";

// Records all calls.
class NotedTrace final : public TraceSink {
 public:
  struct Mean {
    double ms = 0;
    double weight = 0;
    bool operator==(const Mean&) const = default;
  };

  absl::StatusOr<uint32_t> NumberOf(absl::string_view name) override {
    if (const auto known = KnownNumberOf(name)) return *known;
    names.emplace_back(name);
    return static_cast<uint32_t>(names.size() - 1);
  }
  std::optional<uint32_t> KnownNumberOf(absl::string_view name) const override {
    for (uint32_t i = 0; i < names.size(); ++i) {
      if (names[i] == name) return i;
    }
    return std::nullopt;
  }
  void Calls(uint32_t function, int64_t bin, uint32_t calls) override {
    counts[{names[function], bin}] += calls;
  }
  void Duration(uint32_t function, double ms, double weight) override {
    durations[names[function]].push_back({ms, weight});
  }
  void LeftOut(absl::string_view reason) override {
    ++left_out[std::string(reason)];
  }

  std::vector<std::string> names;  // by number
  std::map<std::pair<std::string, int64_t>, uint64_t> counts;
  std::map<std::string, std::vector<Mean>> durations;
  std::map<std::string, int> left_out;
};

// The name of parts.
inline std::string TraceName(const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) {
    if (!name.empty()) name += kNameSeparator;
    name += part;
  }
  return name;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_TRACES_H_
