// A clock that moves when told to.
#ifndef INVOCATOR_TESTS_SUPPORT_FAKE_CLOCK_H_
#define INVOCATOR_TESTS_SUPPORT_FAKE_CLOCK_H_

#include <cstdint>

#include "common/base/clock.h"

namespace invocator {

class FakeSteadyClock final : public SteadyClock {
 public:
  int64_t NowNs() const override { return now_ns_; }
  void Advance(int64_t ns) { now_ns_ += ns; }

 private:
  int64_t now_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_FAKE_CLOCK_H_
