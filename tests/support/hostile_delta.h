// A way to spoil a worker's delta, as a parameter of tests.
#ifndef INVOCATOR_TESTS_SUPPORT_HOSTILE_DELTA_H_
#define INVOCATOR_TESTS_SUPPORT_HOSTILE_DELTA_H_

#include <functional>
#include <ostream>

#include "proto/fleet.pb.h"

namespace invocator {

struct Hostile {
  const char* what;
  std::function<void(wire::InstanceDelta&)> spoil;
};

inline void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.what;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_HOSTILE_DELTA_H_
