// The ledger of rows: which rows of invocations.csv may still come. Each
// planned invocation has one, from the worker that plays it; a worker that
// brings another, or one twice, is none of ours.
//
// A bit per invocation, in pages that exist from their first row to their last:
// memory grows with what is outstanding. (A page with dropped, unsent or lost
// invocations stays.)
//
// What a worker played and what others took over from it lie apart in time. A
// row says itself when it was scheduled; to compare that with the plan would
// mean to walk all arrivals again. So where a share was handed over, a worker
// that lies about an instant may bring another's row, and when the other one
// brings it, too, nobody knows who lied: the row is disputed, and the run says
// so.
//
// Pure; thread-compatible. Borrows plan and census.
#ifndef INVOCATOR_COORDINATOR_ROW_LEDGER_H_
#define INVOCATOR_COORDINATOR_ROW_LEDGER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "common/plan.h"
#include "common/record.h"
#include "coordinator/census.h"
#include "coordinator/piece.h"

namespace invocator {

class RowLedger {
 public:
  // `record_ratio`: as of RunSettings.
  RowLedger(const Plan& plan, const Census& census, double record_ratio,
            size_t workers);

  // What the worker plays, as it is now: before its rows are taken.
  void SetPieces(size_t worker, const std::vector<Piece>& pieces);

  enum class Row {
    kNew,
    kDisputed,  // see above: not to be written again
    kRepeated,
    kNotPlanned,  // no such invocation, or not at that instant
    kNotSampled,  // it was not asked for
    kOfAnother,   // it is another worker's
  };
  // Takes a row into the ledger, unless it is one that no worker of ours would
  // bring: then Complaint says so. REQUIRES: record.instance < instances
  Row Take(size_t worker, const Record& record);
  // INVALID_ARGUMENT. REQUIRES: `row` is of the last four
  absl::Status Complaint(Row row, const Record& record) const;

  // The worker has reported so many more as sent. REQUIRES: as of Take
  void AddSent(size_t worker, uint32_t instance, uint64_t sent);
  // After its last report: INVALID_ARGUMENT if there are more rows of an
  // instance than invocations that were sent. Rows may come before the report
  // that counts them, so that it cannot be told earlier.
  absl::Status CheckDone(size_t worker) const;

  // Rows of the worker beyond those that it reported as sent, and those that
  // lack, were every record to travel; summed up over its instances.
  struct Difference {
    uint64_t beyond = 0;
    uint64_t lacking = 0;
  };
  Difference DifferenceOf(size_t worker) const;
  uint64_t disputed() const { return disputed_; }
  // Pages in memory.
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
    // By sequence / kPageRows; null before the first row and after the last.
    std::vector<std::unique_ptr<Page>> pages;
    std::vector<bool> full;
  };
  struct Claim {
    Share share;
    int64_t from_ns;
    int64_t until_ns;
  };
  // What a worker plays of one instance.
  struct Part {
    absl::InlinedVector<Claim, 1> claims;
    uint64_t rows = 0;
    uint64_t sent = 0;
  };
  struct Worker {
    std::vector<Piece> pieces;  // as last set
    absl::flat_hash_map<uint32_t, Part> parts;
  };

  Row Judge(const Part& part, const Record& record) const;
  // Null: it is full.
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

#endif  // INVOCATOR_COORDINATOR_ROW_LEDGER_H_
