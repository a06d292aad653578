#include "coordinator/books/accounting.h"

#include <numeric>

#include "absl/strings/str_cat.h"

namespace invocator {

uint64_t CountUntouched(Totals& totals) {
  const uint64_t touched = totals.sent + totals.dropped + totals.unsent;
  if (touched >= totals.planned) return 0;
  const uint64_t untouched = totals.planned - touched;
  totals.unsent += untouched;
  return untouched;
}

std::vector<std::string> CheckBooks(absl::string_view what,
                                    const Totals& totals) {
  std::vector<std::string> errors;
  if (totals.planned != totals.sent + totals.dropped + totals.unsent) {
    errors.push_back(absl::StrCat(what, ": planned ", totals.planned,
                                  " is not sent ", totals.sent, " + dropped ",
                                  totals.dropped, " + unsent ", totals.unsent));
  }
  const uint64_t ended = std::accumulate(totals.outcomes.begin(),
                                         totals.outcomes.end(), uint64_t{0});
  if (totals.sent != ended) {
    errors.push_back(absl::StrCat(what, ": sent ", totals.sent,
                                  " is not the sum of outcomes ", ended));
  }
  // Nobody has told which ones were lost.
  const bool all_told =
      totals.outcomes[static_cast<size_t>(Outcome::kLost)] == 0;
  if (totals.sent == totals.planned && all_told &&
      totals.sent_digest != totals.planned_digest) {
    errors.push_back(absl::StrCat(
        what, ": as many were sent as planned, but not the same ones: digest ",
        absl::Hex(totals.sent_digest, absl::kZeroPad16), ", planned ",
        absl::Hex(totals.planned_digest, absl::kZeroPad16)));
  }
  return errors;
}

}  // namespace invocator
