// Order in which the versions of an instance take their turns: a fair coin for
// each round, drawn from the instance's seed and stream.
//
// A round is one call of every version: of kBoth, those due at one instant; of
// kSplit, as many instants in a row as there are versions.
//
// Pure. The same on every machine.
#ifndef INVOCATOR_COMMON_ARRIVALS_VERSION_ORDER_H_
#define INVOCATOR_COMMON_ARRIVALS_VERSION_ORDER_H_

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/arrivals/arrival_spec.h"
#include "common/base/hash_bits.h"

namespace invocator {

class VersionOrder {
 public:
  // REQUIRES: spec.version
  explicit VersionOrder(const ArrivalSpec& spec)
      : key_(MixBits(HashName(absl::StrCat(spec.stream, "\nversions")) ^
                     spec.seed)),
        place_(*spec.version) {}

  // Turn of the spec's version in that round, from 0. All orders of the
  // versions are equally likely.
  uint32_t TurnIn(uint64_t round) const {
    // Each version draws a number; turns go by size. MixBits is a bijection, so
    // no two draw the same.
    const uint64_t draws = MixBits(key_ + round * 0x9e3779b97f4a7c15);
    const uint64_t own = MixBits(draws + place_.index);
    uint32_t turn = 0;
    for (uint32_t version = 0; version < place_.count; ++version) {
      turn += MixBits(draws + version) < own ? 1 : 0;
    }
    return turn;
  }

 private:
  uint64_t key_;
  VersionPlace place_;
};

}  // namespace invocator

#endif  // INVOCATOR_COMMON_ARRIVALS_VERSION_ORDER_H_
