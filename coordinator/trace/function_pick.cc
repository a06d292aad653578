#include "coordinator/trace/function_pick.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/arrivals/rng.h"
#include "common/words/decimal.h"
#include "common/words/listing.h"
#include "coordinator/text/csv_reader.h"

namespace invocator {
namespace {

absl::Status PickError(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("--pick ", QuotedField(text), ": ", what));
}

absl::StatusOr<std::vector<uint32_t>> PickRows(
    const FunctionPick& pick, const std::vector<SeenFunction>& functions) {
  std::vector<uint32_t> chosen;
  for (const uint32_t row : pick.rows) {
    if (row > functions.size()) {
      return PickError(absl::StrCat(row),
                       absl::StrCat("the trace has ",
                                    Counted(functions.size(), "function")));
    }
    if (functions[row - 1].calls == 0) {
      return PickError(absl::StrCat(row),
                       "this function has no calls in the window of --start "
                       "and --minutes");
    }
    chosen.push_back(row - 1);
  }
  return chosen;
}

// Moves a uniform sample of `count` to the front (Fisher and Yates).
void Sample(uint32_t seed, size_t count, std::vector<uint32_t>& numbers) {
  StreamRng rng(seed, "trace");
  for (size_t i = 0; i < count; ++i) {
    const auto left = static_cast<double>(numbers.size() - i);
    std::swap(numbers[i],
              numbers[i + static_cast<size_t>(rng.Uniform() * left)]);
  }
}

}  // namespace

absl::Status ParsePick(absl::string_view text, FunctionPick& pick) {
  pick.rows.clear();
  if (text == "busiest" || text == "random") {
    pick.kind = text == "busiest" ? PickKind::kBusiest : PickKind::kRandom;
    return absl::OkStatus();
  }
  pick.kind = PickKind::kRows;
  absl::flat_hash_set<uint32_t> seen;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const std::optional<int64_t> row =
        IsDecimal(part) ? ScaledDecimal(part, 0) : std::nullopt;
    if (!row || *row < 1 || *row > int64_t{kMostTraceFunctions}) {
      return PickError(text, "expected busiest, random or rows such as 1,7,12");
    }
    if (!seen.insert(static_cast<uint32_t>(*row)).second) {
      return PickError(text, absl::StrCat("row ", *row, " is there twice"));
    }
    if (seen.size() > kMostPickedFunctions) {
      return PickError(text, absl::StrCat("expected at most ",
                                          kMostPickedFunctions, " rows"));
    }
    pick.rows.push_back(static_cast<uint32_t>(*row));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint32_t>> PickFunctions(
    const FunctionPick& pick, const std::vector<SeenFunction>& functions) {
  if (pick.kind == PickKind::kRows) return PickRows(pick, functions);
  std::vector<uint32_t> chosen;
  for (uint32_t i = 0; i < functions.size(); ++i) {
    if (functions[i].calls > 0) chosen.push_back(i);
  }
  const size_t count = std::min<size_t>(pick.functions, chosen.size());
  if (pick.kind == PickKind::kRandom) {
    Sample(pick.seed, count, chosen);
    chosen.resize(count);
  }
  const auto is_busier = [&functions](uint32_t a, uint32_t b) {
    return std::make_pair(functions[b].calls, a) <
           std::make_pair(functions[a].calls, b);
  };
  std::partial_sort(chosen.begin(),
                    chosen.begin() + static_cast<std::ptrdiff_t>(count),
                    chosen.end(), is_busier);
  chosen.resize(count);
  return chosen;
}

}  // namespace invocator
