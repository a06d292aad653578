// Checks the rows of invocations.csv: each planned invocation has at most one,
// from the worker that plays it. A worker that sends any other row, or a row
// twice, breaks the protocol.
//
// Stores one bit per invocation, in pages that exist from their first row to
// their last, so memory grows with the outstanding rows. (A page with dropped,
// unsent or lost invocations stays.)
//
// A lost worker and its heirs play the same share at different times, and only
// the row itself gives its time: checking the time would take another walk over
// all arrivals. So in a share that was handed over, a worker with a false time
// can send another worker's row. If the other one sends it too, the culprit is
// unknown: the row is disputed, and the run reports it.
//
// Also compares rows with reported counts: number, invocations (by digest) and
// outcomes.
//
// Pure; thread-compatible. Borrows plan and census.
#ifndef INVOCATOR_COORDINATOR_BOOKS_ROW_LEDGER_H_
#define INVOCATOR_COORDINATOR_BOOKS_ROW_LEDGER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "common/plan/piece.h"
#include "common/plan/plan.h"
#include "common/result/record.h"
#include "common/wire/totals_codec.h"
#include "coordinator/books/census.h"

namespace invocator {

class RowLedger {
 public:
  // `record_ratio`: from RunSettings.
  RowLedger(const Plan& plan, const Census& census, double record_ratio,
            size_t workers);

  // Sets the worker's current pieces: first its own, then those handed to it
  // later. Call before taking its rows.
  void SetPieces(size_t worker, const std::vector<Piece>& pieces);

  enum class Row {
    kNew,
    kDisputed,  // see above; already written
    kRepeated,
    kNotPlanned,  // no such sequence, or outside the instance's instants
    kNotSampled,  // not in the sample
    kOfAnother,   // planned for another worker
  };
  // Takes a row into the ledger if it is allowed; otherwise Complaint gives the
  // error. REQUIRES: record.instance < instances
  Row Take(size_t worker, const Record& record);
  // OK for kNew and kDisputed, else INVALID_ARGUMENT.
  absl::Status Complaint(Row row, const Record& record) const;

  // Adds invocations that the worker has reported. REQUIRES: Merger took them
  void AddReported(size_t worker, const TotalsDelta& delta);
  // After the last report: INVALID_ARGUMENT if an instance has more rows than
  // sent invocations. Not checked earlier, since rows may come before the
  // report that counts them.
  absl::Status CheckDone(size_t worker) const;

  // Sums over the worker's instances: `beyond`, rows in excess of the
  // invocations reported as sent; `lacking`, rows missing if every invocation
  // has a record. The other two count instances with as many rows as
  // invocations but other invocations, or other outcomes, than reported.
  struct Difference {
    uint64_t beyond = 0;
    uint64_t lacking = 0;
    uint64_t other_invocations = 0;
    uint64_t other_outcomes = 0;
  };
  Difference DifferenceOf(size_t worker) const;
  // Latest instant in the worker's rows; -1 before the first row.
  int64_t latest_ns(size_t worker) const { return workers_[worker].latest_ns; }
  uint64_t disputed() const { return disputed_; }
  // Number of pages in memory.
  size_t pages() const { return pages_; }

 private:
  static constexpr uint64_t kPageRows = 4096;

  struct Page {
    std::array<uint64_t, kPageRows / 64> taken = {};
    uint64_t missing = 0;  // rows that may still come
  };
  struct Instance {
    uint64_t name_hash = 0;
    bool handed_over = false;
    size_t reporters = 0;  // workers that have sent rows of it
    // By sequence / kPageRows; null before the first row and after the last.
    std::vector<std::unique_ptr<Page>> pages;
    std::vector<bool> full;
  };
  struct Claim {
    Share share;
    int64_t from_ns;
    int64_t until_ns;
  };
  // A worker's part of one instance.
  struct Part {
    absl::InlinedVector<Claim, 1> claims;
    uint64_t rows = 0;
    uint64_t sent = 0;
    // Sums over rows minus sums over reported calls; 0 if they agree.
    uint64_t digest = 0;
    uint64_t outcomes = 0;  // of a hash for each outcome
  };
  struct Worker {
    int64_t latest_ns = -1;
    absl::flat_hash_map<uint32_t, Part> parts;
  };

  Row Judge(const Part& part, const Record& record) const;
  // Null if the page is full.
  Page* FindPage(uint32_t instance, uint64_t index);
  uint64_t CountRows(uint32_t instance, uint64_t page) const;

  const Plan& plan_;
  const Census& census_;
  const double record_ratio_;
  std::vector<Instance> instances_;
  std::vector<Worker> workers_;
  size_t pages_ = 0;
  uint64_t disputed_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_BOOKS_ROW_LEDGER_H_
