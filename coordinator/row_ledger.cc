#include "coordinator/row_ledger.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/digest.h"
#include "common/sampling.h"

namespace invocator {

RowLedger::RowLedger(const Plan& plan, const Census& census,
                     double record_ratio, size_t workers)
    : plan_(plan),
      census_(census),
      record_ratio_(record_ratio),
      instances_(plan.instances.size()),
      workers_(workers) {
  for (size_t i = 0; i < instances_.size(); ++i) {
    instances_[i].name_hash = HashName(plan.instances[i].name);
  }
}

void RowLedger::SetPieces(size_t worker, const std::vector<Piece>& pieces) {
  Worker& of = workers_[worker];
  const auto same_bounds = [](const Piece& a, const Piece& b) {
    return a.from_ns == b.from_ns && a.until_ns == b.until_ns;
  };
  // The shares of a piece never change.
  if (std::equal(of.pieces.begin(), of.pieces.end(), pieces.begin(),
                 pieces.end(), same_bounds)) {
    return;
  }
  of.pieces = pieces;
  for (auto& [instance, part] : of.parts) part.claims.clear();
  for (const Piece& piece : pieces) {
    for (const Share& share : piece.shares) {
      of.parts[static_cast<uint32_t>(share.instance)].claims.push_back(
          {share, piece.from_ns, piece.until_ns});
      if (piece.from_ns > 0) instances_[share.instance].handed_over = true;
    }
  }
}

RowLedger::Row RowLedger::Judge(const Part& part, const Record& record) const {
  const InstanceCensus& planned = census_.instances[record.instance];
  if (record.sequence >= planned.count ||
      record.scheduled_ns < planned.first_ns ||
      record.scheduled_ns > planned.last_ns) {
    return Row::kNotPlanned;
  }
  for (const Claim& claim : part.claims) {
    if ((claim.share.count == 1 || claim.share.Owns(record.sequence)) &&
        record.scheduled_ns >= claim.from_ns &&
        record.scheduled_ns < claim.until_ns) {
      return IsSampled(instances_[record.instance].name_hash, plan_.seed,
                       record.sequence, record_ratio_)
                 ? Row::kNew
                 : Row::kNotSampled;
    }
  }
  return Row::kOfAnother;
}

RowLedger::Row RowLedger::Take(size_t worker, const Record& record) {
  const auto part = workers_[worker].parts.find(record.instance);
  if (part == workers_[worker].parts.end()) return Row::kOfAnother;
  const Row row = Judge(part->second, record);
  if (row != Row::kNew) return row;
  Page* const page = FindPage(record.instance, record.sequence / kPageRows);
  const uint64_t bit = uint64_t{1} << (record.sequence % 64);
  const size_t word = record.sequence % kPageRows / 64;
  if (page == nullptr || (page->taken[word] & bit) != 0) {
    if (!instances_[record.instance].handed_over) return Row::kRepeated;
    ++disputed_;
    return Row::kDisputed;
  }
  page->taken[word] |= bit;
  ++part->second.rows;
  if (--page->missing == 0) {
    Instance& instance = instances_[record.instance];
    instance.pages[record.sequence / kPageRows].reset();
    instance.full[record.sequence / kPageRows] = true;
    --pages_;
  }
  return Row::kNew;
}

RowLedger::Page* RowLedger::FindPage(uint32_t instance, uint64_t index) {
  Instance& of = instances_[instance];
  if (index >= of.pages.size()) {
    of.pages.resize(index + 1);
    of.full.resize(index + 1);
  }
  if (of.pages[index] == nullptr) {
    if (of.full[index]) return nullptr;
    of.pages[index] = std::make_unique<Page>();
    of.pages[index]->missing = CountRows(instance, index);
    ++pages_;
  }
  return of.pages[index].get();
}

uint64_t RowLedger::CountRows(uint32_t instance, uint64_t page) const {
  const uint64_t begin = page * kPageRows;
  const uint64_t end =
      std::min(begin + kPageRows, census_.instances[instance].count);
  if (record_ratio_ >= 1) return end - begin;
  uint64_t rows = 0;
  for (uint64_t sequence = begin; sequence < end; ++sequence) {
    if (IsSampled(instances_[instance].name_hash, plan_.seed, sequence,
                  record_ratio_)) {
      ++rows;
    }
  }
  return rows;
}

absl::Status RowLedger::Complaint(Row row, const Record& record) const {
  absl::string_view why;
  switch (row) {
    case Row::kNew:
    case Row::kDisputed:
      return absl::OkStatus();
    case Row::kRepeated:
      why = "for the second time";
      break;
    case Row::kNotPlanned:
      why = "which is not in the plan";
      break;
    case Row::kNotSampled:
      why = "which is not in the sample";
      break;
    case Row::kOfAnother:
      why = "which is planned for another worker";
      break;
  }
  return absl::InvalidArgumentError(
      absl::StrFormat("sent the record of %s #%d at %.3f s, %s",
                      plan_.instances[record.instance].name, record.sequence,
                      static_cast<double>(record.scheduled_ns) / 1e9, why));
}

void RowLedger::AddSent(size_t worker, uint32_t instance, uint64_t sent) {
  workers_[worker].parts[instance].sent += sent;
}

absl::Status RowLedger::CheckDone(size_t worker) const {
  for (const auto& [instance, part] : workers_[worker].parts) {
    if (part.rows <= part.sent) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "sent ", part.rows, " records of ", plan_.instances[instance].name,
        ", but reported ", part.sent, " invocations as sent"));
  }
  return absl::OkStatus();
}

RowLedger::Difference RowLedger::DifferenceOf(size_t worker) const {
  Difference difference;
  for (const auto& [instance, part] : workers_[worker].parts) {
    if (part.rows > part.sent) difference.beyond += part.rows - part.sent;
    if (part.rows < part.sent) difference.lacking += part.sent - part.rows;
  }
  return difference;
}

}  // namespace invocator
