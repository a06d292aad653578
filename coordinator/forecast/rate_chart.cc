#include "coordinator/forecast/rate_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/result/time_bins.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/text/display_width.h"

namespace invocator {
namespace {

constexpr uint32_t kMostColumns = 60;
constexpr size_t kWidestName = 30;

constexpr double kLevels = 8;
// From the lowest that is not 0 to the highest.
using Levels = std::array<absl::string_view, 8>;
constexpr Levels kBlockLevels = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr Levels kAsciiLevels = {".", ":", "-", "=", "+", "*", "#", "@"};

// Divides the test into columns: each has some whole bins and is drawn as one
// or more characters.
class Columns {
 public:
  explicit Columns(double duration_s)
      : duration_s_(duration_s),
        bins_(duration_s),
        bins_per_column_((bins_.planned() + kMostColumns - 1) / kMostColumns),
        count_((bins_.planned() + bins_per_column_ - 1) / bins_per_column_),
        characters_(kMostColumns / count_) {}

  double width_s() const { return bins_.width_s() * bins_per_column_; }
  size_t characters() const { return size_t{characters_} * count_; }

  // The bars of an instance with these calls by bin.
  std::string Bars(absl::Span<const uint64_t> calls,
                   const Levels& levels) const {
    const std::vector<double> rates = Rates(calls);
    // A last column that the test cuts short may have a call and hardly any
    // time: it does not set the scale, unless it is the only one with calls.
    const bool is_cut = width_s() * count_ > duration_s_ * (1 + 1e-12);
    double highest = *std::max_element(rates.begin(), rates.end() - is_cut);
    if (rates.size() == is_cut || highest == 0) highest = rates.back();
    std::string bars;
    for (const double rate : rates) {
      for (uint32_t i = 0; i < characters_; ++i) {
        absl::StrAppend(&bars, Level(rate / highest, levels));
      }
    }
    return bars;
  }

 private:
  std::vector<double> Rates(absl::Span<const uint64_t> calls) const {
    std::vector<double> rates(count_);
    for (size_t bin = 0; bin < calls.size(); ++bin) {
      // A list may end exactly on the test's end, the start of another bin.
      const size_t column =
          std::min<size_t>(bin / bins_per_column_, count_ - 1);
      rates[column] += static_cast<double>(calls[bin]);
    }
    for (size_t column = 0; column < rates.size(); ++column) {
      const double start_s = width_s() * static_cast<double>(column);
      rates[column] /= std::min(width_s(), duration_s_ - start_s);
    }
    return rates;
  }

  static absl::string_view Level(double height, const Levels& levels) {
    if (!(height > 0)) return " ";
    // Rounded up: the lowest level begins above 0. A sum of rates may be off.
    const double level = std::ceil(height * kLevels - 1e-9);
    return levels[static_cast<size_t>(std::clamp(level, 1.0, kLevels) - 1)];
  }

  double duration_s_;
  TimeBins bins_;
  uint32_t bins_per_column_;
  uint32_t count_;
  uint32_t characters_;  // of a column
};

bool IsSteady(const ArrivalSpec& spec, double duration_s) {
  return (spec.kind == ArrivalKind::kPoisson ||
          spec.kind == ArrivalKind::kUniform) &&
         spec.rate.is_constant() && !spec.bursts && spec.spikes.empty() &&
         spec.window_start_s <= 0 && spec.window_end_s >= duration_s;
}

// Instances with calls, the busiest kMostChartLines of them, in the plan's
// order. `more`: those left out.
std::vector<size_t> InstancesToDraw(const Census& census, size_t& more) {
  std::vector<size_t> instances;
  for (size_t i = 0; i < census.instances.size(); ++i) {
    if (census.instances[i].count > 0) instances.push_back(i);
  }
  std::stable_sort(instances.begin(), instances.end(), [&](size_t a, size_t b) {
    return census.instances[a].count > census.instances[b].count;
  });
  more = instances.size() - std::min(instances.size(), kMostChartLines);
  instances.resize(instances.size() - more);
  std::sort(instances.begin(), instances.end());
  return instances;
}

std::string ShortName(const std::string& name) {
  std::string line = CleanLine(name);
  if (DisplayWidth(line) <= kWidestName) return line;
  return absl::StrCat(FirstColumns(line, kWidestName - 3), "...");
}

}  // namespace

std::string RateChart(const Plan& plan, const Census& census, ChartBars bars) {
  if (std::all_of(plan.instances.begin(), plan.instances.end(),
                  [&](const InstancePlan& instance) {
                    return IsSteady(instance.arrivals, plan.duration_s);
                  })) {
    return "";
  }
  size_t more = 0;
  const std::vector<size_t> instances = InstancesToDraw(census, more);
  if (instances.empty()) return "";
  size_t name_width = 0;
  for (const size_t i : instances) {
    name_width =
        std::max(name_width, DisplayWidth(ShortName(plan.instances[i].name)));
  }
  const Columns columns(plan.duration_s);
  std::string chart = absl::StrFormat(
      "calls per second over time, each line on its own scale; bins of "
      "%.15g s\n\n",
      columns.width_s());
  for (const size_t i : instances) {
    // The busiest instances have a lane each.
    absl::StrAppend(
        &chart, PadRight(ShortName(plan.instances[i].name), name_width), "  ",
        columns.Bars(census.bins[census.lanes.of_instance[i]],
                     bars == ChartBars::kBlocks ? kBlockLevels : kAsciiLevels),
        "  peak ", census.instances[i].peak_per_s, "/s\n");
  }
  absl::StrAppend(&chart, std::string(name_width + 2, ' '), "0 s",
                  PadLeft(absl::StrFormat("%.15g s", plan.duration_s),
                          columns.characters() - 3),
                  "\n");
  if (more > 0) {
    absl::StrAppend(&chart, "and ", Counted(more, "instance"),
                    " with fewer calls\n");
  }
  return chart;
}

}  // namespace invocator
