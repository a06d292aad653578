#include "common/plan/piece.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace invocator {
namespace {

constexpr uint64_t kMostStripes = 1 << 20;

}  // namespace

std::vector<std::vector<Piece>> DivideFrom(int64_t at_ns, size_t heirs,
                                           bool may_stripe,
                                           std::vector<Piece>& pieces,
                                           const std::vector<size_t>& places) {
  std::vector<std::vector<Piece>> divided(heirs);
  size_t next_heir = 0;  // of a share that is not striped
  for (Piece& piece : pieces) {
    const int64_t from_ns = std::max(at_ns, piece.from_ns);
    if (from_ns >= piece.until_ns) continue;
    std::vector<Piece> parts(heirs);
    // By place and stripe.
    std::map<std::tuple<size_t, uint64_t, uint64_t>, size_t> heir_of;
    for (const Share& share : piece.shares) {
      if (!may_stripe || share.count > kMostStripes / heirs) {
        const size_t place =
            places.empty() ? share.instance : places[share.instance];
        const auto [heir, is_new] = heir_of.try_emplace(
            {place, share.index, share.count}, next_heir % heirs);
        if (is_new) ++next_heir;
        parts[heir->second].shares.push_back(share);
        continue;
      }
      for (size_t heir = 0; heir < heirs; ++heir) {
        parts[heir].shares.push_back(share.Stripe(heir, heirs));
      }
    }
    for (size_t heir = 0; heir < heirs; ++heir) {
      if (parts[heir].shares.empty()) continue;
      parts[heir].from_ns = from_ns;
      parts[heir].until_ns = piece.until_ns;
      const auto same = std::find_if(
          divided[heir].begin(), divided[heir].end(), [&](const Piece& other) {
            return other.from_ns == from_ns && other.until_ns == piece.until_ns;
          });
      if (same == divided[heir].end()) {
        divided[heir].push_back(std::move(parts[heir]));
      } else {
        same->shares.insert(same->shares.end(), parts[heir].shares.begin(),
                            parts[heir].shares.end());
      }
    }
    piece.until_ns = from_ns;
  }
  return divided;
}

void CutFrom(int64_t at_ns, std::vector<Piece>& pieces) {
  for (Piece& piece : pieces) {
    piece.until_ns = std::min(piece.until_ns, std::max(at_ns, piece.from_ns));
  }
}

}  // namespace invocator
