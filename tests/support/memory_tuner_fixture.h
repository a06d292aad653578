// A memory tuner with a fake Lambda, and a journal in a folder.
#ifndef INVOCATOR_TESTS_SUPPORT_MEMORY_TUNER_FIXTURE_H_
#define INVOCATOR_TESTS_SUPPORT_MEMORY_TUNER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/memory/memory_journal.h"
#include "coordinator/memory/memory_tuner.h"
#include "tests/support/fake_lambda.h"
#include "tests/support/temp_dir.h"

namespace invocator {

class MemoryTunerFixture : public testing::Test {
 protected:
  using State = MemoryChange::State;

  static inline const MemoryTarget kF{{"f", "us-west-1"}, 256};
  static inline const MemoryTarget kG{{"g", "us-west-1"}, 256};

  static FakeLambda::Function Sized(uint32_t memory_mb) {
    FakeLambda::Function function;
    function.memory_mb = memory_mb;
    return function;
  }

  MemoryTunerFixture() {
    lambda_.functions["f"] = Sized(512);
    lambda_.functions["g"] = Sized(1024);
    lambda_.update_delay = absl::Seconds(2);
  }

  absl::Status Set(const std::vector<MemoryTarget>& targets) {
    LambdaClient client(lambda_.System(), "");
    auto held = MemoryTuner(client, journal_, Say()).Set(targets);
    if (held.ok()) held_ = *held;
    return held.status();
  }
  // The end of the run that has set them.
  absl::Status End(bool restore = true) {
    LambdaClient client(lambda_.System(), "");
    return MemoryTuner(client, journal_, Say()).End(held_, restore, overlaps_);
  }
  absl::Status Restore() {
    LambdaClient client(lambda_.System(), "");
    return MemoryTuner(client, journal_, Say()).Restore();
  }
  // As `invocator restore-memory` does after a crash.
  absl::Status RestoreFromDisk() {
    auto journal = MemoryJournal::Read(dir_.path());
    if (!journal.ok()) return journal.status();
    LambdaClient client(lambda_.System(), "");
    return MemoryTuner(client, *journal, Say()).Restore();
  }

  uint32_t Memory(const std::string& name) {
    return lambda_.functions[name].memory_mb;
  }
  std::vector<State> StatesOnDisk() const {
    std::vector<State> states;
    const auto journal = MemoryJournal::Read(dir_.path());
    for (const MemoryChange& change : journal->changes()) {
      states.push_back(change.state);
    }
    return states;
  }
  bool Settled(const std::string& name) {
    return lambda_.now_ns >= lambda_.functions[name].busy_until_ns;
  }

  FakeLambda lambda_;
  TempDir dir_;
  MemoryJournal journal_{dir_.path(), ""};
  std::vector<HeldMemory> held_;
  std::vector<MemoryOverlap> overlaps_;
  std::vector<std::string> said_;

 private:
  std::function<void(const std::string&)> Say() {
    return [this](const std::string& line) { said_.push_back(line); };
  }
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_MEMORY_TUNER_FIXTURE_H_
