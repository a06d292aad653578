#include "common/arrivals/instant_tape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/arrivals/arrival_stream.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/tapes.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kUntilNs = int64_t{366} * 24 * 3600 * 1'000'000'000;

// Gaps of every order of magnitude, many of them 0, up to the last nanosecond.
std::vector<int64_t> RandomInstants(size_t count) {
  std::mt19937_64 rng(18);
  std::vector<int64_t> instants_ns = {0, 0, kUntilNs - 1, kUntilNs - 1};
  while (instants_ns.size() < count) {
    const uint64_t bits = rng() % 55;
    instants_ns.push_back(
        static_cast<int64_t>(rng() % (uint64_t{1} << bits) % kUntilNs));
  }
  std::sort(instants_ns.begin(), instants_ns.end());
  return instants_ns;
}

std::string BytesOf(const InstantTape& tape) {
  std::string bytes(tape.bytes(), '\0');
  EXPECT_EQ(*tape.Read(0, bytes.data(), bytes.size()), bytes.size());
  return bytes;
}

TEST(InstantTapeTest, WhatIsAddedIsRead) {
  const std::vector<int64_t> instants_ns = RandomInstants(100'000);
  const auto tape = TapeOf(instants_ns);
  EXPECT_EQ(tape->count(), 100'000u);
  EXPECT_EQ(tape->last_ns(), kUntilNs - 1);
  EXPECT_TRUE(InstantsOf(tape) == instants_ns);
}

// Written down by hand: 7 bits a byte, the low ones first.
TEST(InstantTapeTest, TheFormatIsThatOfTheHeader) {
  const auto tape = TapeOf({0, 127, 127 + 128, 127 + 128 + 1'000'000'000});
  EXPECT_EQ(BytesOf(*tape),
            std::string("\x00\x7f\x80\x01\x80\x94\xeb\xdc\x03", 9));
}

TEST(InstantTapeTest, BytesThatAreCutAnywhereMakeTheSameTape) {
  const std::vector<int64_t> instants_ns = RandomInstants(50'000);
  const std::string bytes = BytesOf(*TapeOf(instants_ns));
  std::mt19937_64 rng(1);
  TapeWriter writer(FileForTapes(), kUntilNs);
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = rng() % 3 == 0 ? 1 : rng() % 5'000;
    ASSERT_TRUE(writer.Append(absl::string_view(bytes).substr(at, size)).ok());
    at = std::min(at + size, bytes.size());
    ASSERT_EQ(writer.bytes(), at);
  }
  EXPECT_EQ(writer.count(), instants_ns.size());
  const auto tape = *std::move(writer).Finish();
  EXPECT_EQ(BytesOf(*tape), bytes);
  EXPECT_EQ(tape->last_ns(), kUntilNs - 1);
  EXPECT_TRUE(InstantsOf(tape) == instants_ns);
}

TEST(InstantTapeTest, PiecesAreReadAtAnyOffsetAndEndWithTheTape) {
  const auto file = FileForTapes();
  TapeOf({1, 2, 3}, file);
  const auto tape = TapeOf({10, 20, 40, 80}, file);
  TapeOf({5}, file);
  char buffer[8] = {};
  EXPECT_EQ(*tape->Read(1, buffer, 2), 2u);
  EXPECT_THAT(std::vector<char>(buffer, buffer + 2), ElementsAre(10, 20));
  EXPECT_EQ(*tape->Read(3, buffer, 8), 1u);
  EXPECT_EQ(buffer[0], 40);
  EXPECT_EQ(*tape->Read(4, buffer, 8), 0u);
  EXPECT_EQ(*tape->Read(5, buffer, 8), 0u);
  EXPECT_EQ(*tape->Read(UINT64_MAX, buffer, 8), 0u);
}

TEST(InstantTapeTest, AnEmptyTapeHasNoInstant) {
  const auto tape = TapeOf({});
  EXPECT_EQ(tape->count(), 0u);
  EXPECT_EQ(tape->bytes(), 0u);
  EXPECT_EQ(tape->last_ns(), 0);
  EXPECT_THAT(InstantsOf(tape), IsEmpty());
}

size_t OpenFiles() {
  using At = std::filesystem::directory_iterator;
  return static_cast<size_t>(std::distance(At("/proc/self/fd"), At()));
}

TEST(InstantTapeTest, AThousandTapesAndTheirReadersShareOneDescriptor) {
  const size_t before = OpenFiles();
  std::vector<std::shared_ptr<const InstantTape>> tapes;
  {
    const auto file = FileForTapes();
    for (int64_t i = 0; i < 1'000; ++i) {
      tapes.push_back(TapeOf({i, i + 1'000, i * 1'000'000'000}, file));
    }
  }
  std::vector<TapeReader> readers(tapes.begin(), tapes.end());
  for (int64_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(readers[static_cast<size_t>(i)].Next(), i);
  }
  EXPECT_EQ(OpenFiles(), before + 1);
  readers.clear();
  tapes.clear();
  EXPECT_EQ(OpenFiles(), before);
}

TEST(InstantTapeTest, TwoTapesAreNotWrittenToOneFileAtATime) {
  const auto file = FileForTapes();
  TapeWriter first(file, kUntilNs), second(file, kUntilNs);
  ASSERT_TRUE(first.Add(1).ok());
  ASSERT_TRUE(second.Add(2).ok());
  const auto tape = std::move(first).Finish();
  EXPECT_EQ(std::move(second).Finish().status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(InstantsOf(*tape), ElementsAre(1));
}

TEST(InstantTapeTest, AWriterThatGaveUpDoesNotDisturbTheNext) {
  const auto file = FileForTapes();
  {
    TapeWriter writer(file, kUntilNs);
    for (int64_t i = 0; i < 300'000; ++i) ASSERT_TRUE(writer.Add(i).ok());
  }
  EXPECT_GT(file->size(), 0u);
  EXPECT_THAT(InstantsOf(TapeOf({7, 9}, file)), ElementsAre(7, 9));
}

struct Refused {
  const char* says;
  std::string bytes;
};

TEST(InstantTapeTest, BytesThatAreNoInstantsBeforeTheEndAreRefused) {
  const std::string most(8, '\xff');  // of 56 bits
  const Refused refused[] = {
      {"an instant at 1000 ns, expected less than 1000", "\xe8\x07"},
      {"an instant at 1000 ns, expected less than 1000", "\xe7\x07\x01"},
      {"an instant at 9223372036854775807 ns", most + "\x7f"},
      {"an instant at 9223372036854776806 ns", "\xe7\x07" + most + "\x7f"},
      {"takes more than 9 bytes", most + "\xff\x01"},
      {"takes more than 9 bytes", std::string(10, '\x80')},
  };
  for (const Refused& c : refused) {
    TapeWriter at_once(FileForTapes(), 1'000);
    const absl::Status status = at_once.Append(c.bytes);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.says;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.says));
    TapeWriter byte_by_byte(FileForTapes(), 1'000);
    absl::Status last;
    for (size_t i = 0; i < c.bytes.size() && last.ok(); ++i) {
      last = byte_by_byte.Append(c.bytes.substr(i, 1));
    }
    EXPECT_EQ(last, status);
  }
  TapeWriter writer(FileForTapes(), 1'000);
  EXPECT_TRUE(writer.Append("\xe7\x07").ok());
  EXPECT_TRUE(writer.Append(std::string(2, '\0')).ok());
  EXPECT_THAT(InstantsOf(*std::move(writer).Finish()),
              ElementsAre(999, 999, 999));
}

TEST(InstantTapeTest, AnInstantThatIsCutShortIsRefusedAtTheEnd) {
  for (size_t size = 1; size < 9; ++size) {
    TapeWriter writer(FileForTapes(), kUntilNs);
    ASSERT_TRUE(writer.Append(std::string(size, '\x81')).ok());
    EXPECT_EQ(std::move(writer).Finish().status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(InstantTapeTest, ReadersOnTwoThreadsReadTheSameWhileMoreIsWritten) {
  const std::vector<int64_t> instants_ns = RandomInstants(200'000);
  const auto file = FileForTapes();
  const auto tape = TapeOf(instants_ns, file);
  std::vector<int64_t> read[2];
  {
    std::jthread first([&] { read[0] = InstantsOf(tape); });
    std::jthread second([&] { read[1] = InstantsOf(tape); });
    for (int i = 0; i < 100; ++i) TapeOf({1, 2, 3, 400'000'000'000}, file);
  }
  EXPECT_TRUE(read[0] == instants_ns);
  EXPECT_TRUE(read[1] == instants_ns);
}

TEST(InstantTapeTest, AFullDiskIsTheWritersError) {
  const TempDir folder;
  const auto file =
      std::make_shared<TemporaryFile>(*TemporaryFile::Create(folder.path()));
  const auto tape = TapeOf({1, 2, 3}, file);
  absl::Status added, finished;
  {
    const FileSizeLimit limit(1'000);
    TapeWriter writer(file, kUntilNs);
    for (int64_t i = 0; i < 1'000'000 && added.ok(); ++i) {
      added = writer.Add(i);
    }
    TapeWriter small(file, kUntilNs);
    for (int64_t i = 0; i < 2'000; ++i) ASSERT_TRUE(small.Add(i).ok());
    finished = std::move(small).Finish().status();
  }
  for (const absl::Status& status : {added, finished}) {
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr("timestamps: "));
    EXPECT_THAT(std::string(status.message()), HasSubstr(folder.path()));
  }
  EXPECT_THAT(InstantsOf(tape), ElementsAre(1, 2, 3));
  EXPECT_THAT(InstantsOf(TapeOf({4}, file)), ElementsAre(4));
}

TEST(InstantTapeTest, AStreamPlaysTheTapeWithinTheWindow) {
  InstancePlan instance = TapeInstance(
      "t", {0, 0, 999'999'999, 1'000'000'000, 1'000'000'001, 1'999'999'999}, 2);
  const auto played = [&] {
    std::vector<int64_t> instants_ns;
    const auto stream = MakeArrivalStream(instance.arrivals);
    while (const auto arrival = stream->Next()) {
      EXPECT_EQ(arrival->sequence, instants_ns.size());
      instants_ns.push_back(arrival->scheduled_ns);
    }
    return instants_ns;
  };
  EXPECT_THAT(played(), ElementsAre(0, 0, 999'999'999, 1'000'000'000,
                                    1'000'000'001, 1'999'999'999));
  instance.arrivals.window_start_s = 1;
  EXPECT_THAT(played(), ElementsAre(1'000'000'001, 1'999'999'999));
  instance.arrivals.window_start_s = 0;
  instance.arrivals.window_end_s = 1;
  EXPECT_THAT(played(), ElementsAre(0, 0, 999'999'999));
}

}  // namespace
}  // namespace invocator
