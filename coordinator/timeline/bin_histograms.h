// Adds the histograms of bins, from histograms.hlog, to a timeline rebuilt from
// the rows of timeline.csv, which have the exact maxima.
//
// Thread-compatible. Borrows its arguments, which must outlive it.
#ifndef INVOCATOR_COORDINATOR_TIMELINE_BIN_HISTOGRAMS_H_
#define INVOCATOR_COORDINATOR_TIMELINE_BIN_HISTOGRAMS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/timeline/histogram_log.h"
#include "coordinator/timeline/timeline.h"
#include "coordinator/timeline/timeline_rows.h"

namespace invocator {

// Builds a timeline of the rows' counts, with one worker. REQUIRES: lanes are
// those of the rows, at least one
Timeline TimelineOfCounts(const TimeBins& bins, const Lanes& lanes,
                          const std::vector<TimelineBin>& rows);

class BinHistograms {
 public:
  // `rows_file` is for messages. `timeline`: of TimelineOfCounts.
  BinHistograms(const std::vector<TimelineBin>& rows,
                const std::string& rows_file,
                const std::vector<std::string>& lane_names, Timeline& timeline,
                size_t max_cells);

  // Adds a line of the scope kBin. INVALID_ARGUMENT if it contradicts the rows
  // or an earlier line, or if the lines have more than max_cells.
  absl::Status Add(HistogramLogLine line);

  // Checks at the log's end that no histogram is missing, and that the counts
  // are those of the rows, in the sum of all bins.
  absl::Status Finish() const;

 private:
  // Places of a bin's histograms: those of the lanes, then the whole run's.
  size_t PlacesOfBin() const;
  absl::StatusOr<std::optional<size_t>> PlaceOf(const HistogramTag& tag) const;
  std::string NameOf(size_t place) const;
  absl::StatusOr<uint32_t> BinOf(const HistogramLogLine& line) const;
  // "response/f at 0.3 s"
  std::string TextOf(uint32_t bin, size_t place) const;
  const RowLatency& LatencyOf(uint32_t bin, size_t place) const;
  uint64_t CountOf(uint32_t bin, size_t place) const {
    return counts_[bin * PlacesOfBin() + place];
  }
  absl::Status CheckBin(uint32_t bin) const;
  absl::Status CheckSums() const;
  void AddToPlace(uint32_t bin, size_t place, Histogram histogram);

  const std::vector<TimelineBin>& rows_;
  const std::string& rows_file_;
  const std::vector<std::string>& lane_names_;
  Timeline& timeline_;
  const size_t max_cells_;
  const size_t lanes_;
  const std::vector<size_t> instances_;  // one by lane, which represents it
  absl::flat_hash_map<std::string, size_t> lane_of_;
  std::vector<uint64_t> counts_;  // by bin and place
  size_t cells_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TIMELINE_BIN_HISTOGRAMS_H_
