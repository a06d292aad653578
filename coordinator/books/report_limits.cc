#include "coordinator/books/report_limits.h"

#include <utility>

#include "coordinator/books/piece_counts.h"

namespace invocator {

std::optional<std::vector<uint64_t>> ReportLimits::Update(
    size_t worker, const std::vector<Piece>& pieces) {
  Bounds bounds;
  bool is_whole = true;
  for (const Piece& piece : pieces) {
    bounds.emplace_back(piece.from_ns, piece.until_ns);
    is_whole &= piece.from_ns == 0 && piece.until_ns == Piece::kForever;
  }
  if (bounds == bounds_[worker]) return std::nullopt;
  bounds_[worker] = std::move(bounds);
  if (is_whole || TakeWalk()) {
    return CountPieces(plan_, census_, {{pieces}})[0];
  }
  std::vector<Piece> whole = pieces;
  for (Piece& piece : whole) {
    piece.from_ns = 0;
    piece.until_ns = Piece::kForever;
  }
  return CountPieces(plan_, census_, {{whole}})[0];
}

bool ReportLimits::TakeWalk() {
  if (left_ < census_.total.count) return false;
  left_ -= census_.total.count;
  return true;
}

}  // namespace invocator
