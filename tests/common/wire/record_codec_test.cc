#include "common/wire/record_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

Record MakeRecord(uint64_t sequence) {
  Record record;
  record.instance = 1;
  record.outcome = Outcome::kThrottled;
  record.new_connection = sequence % 2 == 0;
  record.status = 429;
  record.sequence = sequence;
  record.scheduled_ns = static_cast<int64_t>(sequence) * 1'000'000;
  record.sent_ns = record.scheduled_ns + 250;
  record.first_byte_ns = record.sent_ns + 20'000'000;
  record.done_ns = record.first_byte_ns + 1'000;
  record.bytes_sent = 512;
  record.bytes_received = 10'000'000'000;
  record.request_id.Set("id-" + std::to_string(sequence));
  return record;
}

wire::RecordBatch Encode(const std::vector<Record>& records) {
  wire::RecordBatch batch;
  RecordEncoder encoder(batch);
  for (const Record& record : records) encoder.Add(record);
  return batch;
}

std::vector<Record> Decode(const wire::RecordBatch& batch) {
  std::vector<Record> records;
  const absl::Status status = DecodeRecords(
      batch, /*instances=*/2, [&](const Record& r) { records.push_back(r); });
  EXPECT_TRUE(status.ok()) << status;
  return records;
}

void ExpectEqual(const Record& a, const Record& b) {
  EXPECT_EQ(a.instance, b.instance);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.new_connection, b.new_connection);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.scheduled_ns, b.scheduled_ns);
  EXPECT_EQ(a.sent_ns, b.sent_ns);
  EXPECT_EQ(a.first_byte_ns, b.first_byte_ns);
  EXPECT_EQ(a.done_ns, b.done_ns);
  EXPECT_EQ(a.bytes_sent, b.bytes_sent);
  EXPECT_EQ(a.bytes_received, b.bytes_received);
  EXPECT_EQ(a.request_id.view(), b.request_id.view());
  EXPECT_EQ(a.warmth, b.warmth);
  EXPECT_EQ(a.billed_ms, b.billed_ms);
}

TEST(RecordCodecTest, RecordsAddedTogetherGiveTheBatchOfRecordsAddedAlone) {
  std::vector<Record> records;
  for (uint64_t i = 0; i < 40; ++i) records.push_back(MakeRecord(i * i % 17));
  // The first to know them; no slice below begins there.
  records[23].warmth = Warmth::kCold;
  records[31].billed_ms = 5;
  records[7].request_id.Clear();
  records[39].first_byte_ns = Record::kNever;
  const std::string alone = Encode(records).SerializeAsString();
  for (const size_t slice : {size_t{3}, size_t{9}, size_t{40}}) {
    wire::RecordBatch batch;
    RecordEncoder encoder(batch);
    for (absl::Span<const Record> left = records; !left.empty();) {
      encoder.Add(left.subspan(0, slice));
      left.remove_prefix(std::min(slice, left.size()));
    }
    encoder.Add(absl::Span<const Record>());
    EXPECT_EQ(batch.SerializeAsString(), alone) << slice;
  }
  const std::vector<Record> decoded = Decode(Encode(records));
  ASSERT_EQ(decoded.size(), records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    ExpectEqual(decoded[i], records[i]);
  }
}

TEST(RecordCodecTest, EveryFieldSurvivesTheRoundTrip) {
  std::vector<Record> records = {MakeRecord(7), MakeRecord(3), MakeRecord(99)};
  records[1].first_byte_ns = Record::kNever;  // and out of order
  records[1].request_id.Clear();
  records[2].instance = 0;
  records[2].sent_ns = records[2].scheduled_ns - 5;  // early
  const std::vector<Record> decoded = Decode(Encode(records));
  ASSERT_EQ(decoded.size(), records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    ExpectEqual(decoded[i], records[i]);
  }
}

TEST(RecordCodecTest, LargestValuesSurviveTheRoundTrip) {
  Record record = MakeRecord(UINT64_MAX);
  record.scheduled_ns = kMaxRecordNs;
  record.sent_ns = record.scheduled_ns + kMaxRecordNs;
  record.done_ns = record.first_byte_ns = record.sent_ns + kMaxRecordNs;
  record.bytes_sent = record.bytes_received = UINT64_MAX;
  record.status = 999;
  record.request_id.Set(std::string(RequestId::kMaxBytes + 1, 'x'));
  Record next = MakeRecord(0);  // the difference of sequences wraps
  const std::vector<Record> decoded = Decode(Encode({record, next}));
  ASSERT_EQ(decoded.size(), 2u);
  ExpectEqual(decoded[0], record);
  ExpectEqual(decoded[1], next);
  EXPECT_EQ(decoded[0].ResponseNs(), 2 * kMaxRecordNs);
  EXPECT_EQ(decoded[0].request_id.view().size(), RequestId::kMaxBytes);
}

TEST(RecordCodecTest, SmallestValuesSurviveTheRoundTrip) {
  Record record;
  record.instance = 0;
  record.scheduled_ns = -kMaxRecordNs;
  record.sent_ns = record.scheduled_ns - kMaxRecordNs;
  record.done_ns = record.first_byte_ns = record.sent_ns;
  const std::vector<Record> decoded = Decode(Encode({record}));
  ASSERT_EQ(decoded.size(), 1u);
  ExpectEqual(decoded[0], record);
}

TEST(RecordCodecTest, EveryOutcomeAndWarmthSurvivesTheRoundTrip) {
  for (size_t i = 0; i < kOutcomes; ++i) {
    Record record = MakeRecord(1);
    record.outcome = static_cast<Outcome>(i);
    record.warmth = static_cast<Warmth>(i % kWarmths);
    ExpectEqual(Decode(Encode({record}))[0], record);
  }
}

TEST(RecordCodecTest, AnEmptyBatchHoldsNothing) {
  EXPECT_TRUE(Decode(wire::RecordBatch()).empty());
}

TEST(RecordCodecTest, WhatBlockedARecordDoesNotTravel) {
  Record record = MakeRecord(1);
  record.blocked_ns = 5;
  EXPECT_EQ(Decode(Encode({record}))[0].blocked_ns, 0);
}

TEST(RecordCodecTest, WrappingSequencesAreHarmless) {
  wire::RecordBatch batch = Encode({MakeRecord(1), MakeRecord(2)});
  batch.set_sequence_delta(0, INT64_MIN);
  batch.set_sequence_delta(1, INT64_MIN);
  const std::vector<Record> decoded = Decode(batch);
  EXPECT_EQ(decoded[0].sequence, uint64_t{1} << 63);
  EXPECT_EQ(decoded[1].sequence, 0u);
}

TEST(RecordCodecTest, ColumnsThatNobodyKnowsTakeNoBytes) {
  const wire::RecordBatch batch = Encode({MakeRecord(1), MakeRecord(2)});
  EXPECT_TRUE(batch.warmth().empty());
  EXPECT_TRUE(batch.billed_ms_and_1().empty());
}

TEST(RecordCodecTest, ColdStartsAndBillsTravelWhereverTheyBegin) {
  std::vector<Record> records;
  for (uint64_t i = 0; i < 8; ++i) records.push_back(MakeRecord(i));
  records[3].warmth = Warmth::kCold;
  records[4].warmth = Warmth::kWarm;
  records[5].billed_ms = 0;
  records[6].billed_ms = kMaxBilledMs;
  const std::vector<Record> decoded = Decode(Encode(records));
  ASSERT_EQ(decoded.size(), records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    ExpectEqual(decoded[i], records[i]);
  }
}

struct Hostile {
  const char* what;
  std::function<void(wire::RecordBatch&)> spoil;
};

void PrintTo(const Hostile& hostile, std::ostream* out) {
  *out << hostile.what;
}

class HostileBatchTest : public testing::TestWithParam<Hostile> {};

TEST_P(HostileBatchTest, IsRefusedBeforeTheFirstRecord) {
  wire::RecordBatch batch = Encode({MakeRecord(1), MakeRecord(2)});
  GetParam().spoil(batch);
  int records = 0;
  const absl::Status status =
      DecodeRecords(batch, /*instances=*/2, [&](const Record&) { ++records; });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(records, 0);
}

using Batch = wire::RecordBatch;

INSTANTIATE_TEST_SUITE_P(
    RecordCodec, HostileBatchTest,
    testing::Values(
        Hostile{"one more instance", [](Batch& b) { b.add_instance(0); }},
        Hostile{"no instances", [](Batch& b) { b.clear_instance(); }},
        Hostile{"no sequences", [](Batch& b) { b.clear_sequence_delta(); }},
        Hostile{"one schedule short",
                [](Batch& b) { b.mutable_scheduled_delta_ns()->RemoveLast(); }},
        Hostile{"one lateness too many",
                [](Batch& b) { b.add_lateness_ns(0); }},
        Hostile{"no first bytes",
                [](Batch& b) { b.clear_first_byte_after_ns(); }},
        Hostile{"no ends", [](Batch& b) { b.clear_done_after_ns(); }},
        Hostile{"no outcomes", [](Batch& b) { b.clear_outcome(); }},
        Hostile{"no statuses", [](Batch& b) { b.clear_status(); }},
        Hostile{"no bytes sent", [](Batch& b) { b.clear_bytes_sent(); }},
        Hostile{"no bytes received",
                [](Batch& b) { b.clear_bytes_received(); }},
        Hostile{"no connections", [](Batch& b) { b.clear_new_connection(); }},
        Hostile{"one warmth too few",
                [](Batch& b) { b.set_warmth(std::string(1, '\1')); }},
        Hostile{"an unknown warmth",
                [](Batch& b) { b.set_warmth(std::string("\1\3")); }},
        Hostile{"a warmth with its sign bit",
                [](Batch& b) { b.set_warmth(std::string("\1\xff")); }},
        Hostile{"one bill too many",
                [](Batch& b) {
                  for (int i = 0; i < 3; ++i) b.add_billed_ms_and_1(1);
                }},
        Hostile{"a bill of years",
                [](Batch& b) {
                  b.add_billed_ms_and_1(1);
                  b.add_billed_ms_and_1(UINT64_MAX);
                }},
        Hostile{"no id lengths", [](Batch& b) { b.clear_request_id_bytes(); }},
        Hostile{"ids cut short",
                [](Batch& b) { b.mutable_request_ids()->pop_back(); }},
        Hostile{"ids too long",
                [](Batch& b) { b.mutable_request_ids()->push_back('x'); }},
        Hostile{"an id of 41 bytes",
                [](Batch& b) {
                  b.set_request_id_bytes(0, 41);
                  b.set_request_ids(std::string(45, 'x'));
                }},
        Hostile{"id lengths that wrap",
                [](Batch& b) { b.set_request_id_bytes(0, UINT32_MAX); }},
        Hostile{"an unknown instance", [](Batch& b) { b.set_instance(1, 2); }},
        Hostile{"an unknown outcome",
                [](Batch& b) { b.set_outcome(1, kOutcomes); }},
        Hostile{"a status of four digits",
                [](Batch& b) { b.set_status(0, 1000); }},
        Hostile{"an instant beyond any run",
                [](Batch& b) { b.set_scheduled_delta_ns(0, INT64_MAX); }},
        Hostile{"an instant before any run",
                [](Batch& b) { b.set_scheduled_delta_ns(0, INT64_MIN); }},
        Hostile{"instants that add up too far",
                [](Batch& b) {
                  b.set_scheduled_delta_ns(0, kMaxRecordNs);
                  b.set_scheduled_delta_ns(1, 1);
                }},
        Hostile{"a lateness out of range",
                [](Batch& b) { b.set_lateness_ns(1, INT64_MIN); }},
        Hostile{"a first byte out of range",
                [](Batch& b) { b.set_first_byte_after_ns(1, INT64_MAX); }},
        Hostile{"a first byte before the sending",
                [](Batch& b) { b.set_first_byte_after_ns(1, -2); }},
        Hostile{"an end out of range",
                [](Batch& b) { b.set_done_after_ns(1, INT64_MAX); }},
        Hostile{"an end before the sending",
                [](Batch& b) { b.set_done_after_ns(1, -1); }}));

}  // namespace
}  // namespace invocator
