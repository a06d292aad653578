// Tapes of timestamps for tests, and instances that play them.
#ifndef INVOCATOR_TESTS_SUPPORT_TAPES_H_
#define INVOCATOR_TESTS_SUPPORT_TAPES_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/arrivals/instant_tape.h"
#include "tests/support/plans.h"

namespace invocator {

inline std::shared_ptr<TemporaryFile> FileForTapes() {
  return std::make_shared<TemporaryFile>(*TemporaryFile::Create(""));
}

// In a file of its own if none is given.
inline std::shared_ptr<const InstantTape> TapeOf(
    const std::vector<int64_t>& instants_ns,
    std::shared_ptr<TemporaryFile> file = nullptr) {
  if (file == nullptr) file = FileForTapes();
  TapeWriter writer(std::move(file), INT64_MAX);
  for (int64_t instant_ns : instants_ns) {
    EXPECT_TRUE(writer.Add(instant_ns).ok());
  }
  auto tape = std::move(writer).Finish();
  EXPECT_TRUE(tape.ok()) << tape.status();
  return *std::move(tape);
}

inline std::vector<int64_t> InstantsOf(
    const std::shared_ptr<const InstantTape>& tape) {
  TapeReader reader(tape);
  std::vector<int64_t> instants_ns;
  while (const auto instant_ns = reader.Next()) {
    instants_ns.push_back(*instant_ns);
  }
  return instants_ns;
}

// An unsigned instance whose invocations are due at these instants.
inline InstancePlan TapeInstance(std::string name,
                                 const std::vector<int64_t>& instants_ns,
                                 double duration_s) {
  InstancePlan instance = ListInstance(std::move(name), {}, duration_s);
  instance.arrivals.kind = ArrivalKind::kTimestamps;
  instance.arrivals.tape = TapeOf(instants_ns);
  return instance;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_TAPES_H_
