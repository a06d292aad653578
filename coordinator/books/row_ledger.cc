#include "coordinator/books/row_ledger.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/plan/digest.h"
#include "common/plan/sampling.h"
#include "common/result/outcome.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

// One hash per outcome: a few wrong outcomes change the sum.
constexpr auto kOutcomeTerms = [] {
  std::array<uint64_t, kOutcomes> terms = {};
  for (size_t i = 0; i < kOutcomes; ++i) terms[i] = MixBits(i + 1);
  return terms;
}();

}  // namespace

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
  for (auto& [instance, part] : of.parts) part.claims.clear();
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    for (const Share& share : piece.shares) {
      of.parts[static_cast<uint32_t>(share.instance)].claims.push_back(
          {share, piece.from_ns, piece.until_ns});
      if (i > 0 || piece.from_ns > 0) {
        instances_[share.instance].handed_over = true;
      }
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
  Worker& of = workers_[worker];
  const auto found = of.parts.find(record.instance);
  if (found == of.parts.end()) return Row::kOfAnother;
  Part& part = found->second;
  const Row row = Judge(part, record);
  if (row != Row::kNew) return row;
  Instance& instance = instances_[record.instance];
  Page* const page = FindPage(record.instance, record.sequence / kPageRows);
  const uint64_t bit = uint64_t{1} << (record.sequence % 64);
  const size_t word = record.sequence % kPageRows / 64;
  if (page == nullptr || (page->taken[word] & bit) != 0) {
    const bool is_its_own = part.rows > 0 && instance.reporters == 1;
    if (!instance.handed_over || is_its_own) return Row::kRepeated;
    ++disputed_;
    return Row::kDisputed;
  }
  page->taken[word] |= bit;
  if (part.rows++ == 0) ++instance.reporters;
  part.digest +=
      DigestTerm(instance.name_hash, record.sequence, record.scheduled_ns);
  part.outcomes += kOutcomeTerms[static_cast<size_t>(record.outcome)];
  of.latest_ns = std::max(of.latest_ns, record.scheduled_ns);
  if (--page->missing == 0) {
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

void RowLedger::AddReported(size_t worker, const TotalsDelta& delta) {
  Part& part = workers_[worker].parts[delta.instance()];
  part.sent += delta.sent();
  part.digest -= delta.sent_digest();
  for (size_t i = 0; i < kOutcomes; ++i) {
    part.outcomes -= delta.outcome(static_cast<Outcome>(i)) * kOutcomeTerms[i];
  }
}

absl::Status RowLedger::CheckDone(size_t worker) const {
  for (const auto& [instance, part] : workers_[worker].parts) {
    if (part.rows <= part.sent) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("sent ", Counted(part.rows, "record"), " of ",
                     plan_.instances[instance].name, ", but reported ",
                     Counted(part.sent, "invocation"), " as sent"));
  }
  return absl::OkStatus();
}

RowLedger::Difference RowLedger::DifferenceOf(size_t worker) const {
  Difference difference;
  for (const auto& [instance, part] : workers_[worker].parts) {
    if (part.rows > part.sent) difference.beyond += part.rows - part.sent;
    if (part.rows < part.sent) difference.lacking += part.sent - part.rows;
    if (part.rows != part.sent) continue;
    if (part.digest != 0) ++difference.other_invocations;
    if (part.outcomes != 0) ++difference.other_outcomes;
  }
  return difference;
}

}  // namespace invocator
