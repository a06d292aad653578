// Compares totals: counts, and histograms cell by cell.
#ifndef INVOCATOR_TESTS_SUPPORT_SAME_TOTALS_H_
#define INVOCATOR_TESTS_SUPPORT_SAME_TOTALS_H_

#include <gtest/gtest.h>

#include "common/result/histogram.h"
#include "common/result/totals.h"
#include "common/wire/histogram_codec.h"
#include "proto/fleet.pb.h"

namespace invocator {

inline void ExpectEqual(const Histogram& a, const Histogram& b) {
  // Sums of doubles: whole numbers far below 2^53 here, hence exact.
  EXPECT_EQ(ToWire(a).SerializeAsString(), ToWire(b).SerializeAsString());
}

inline void ExpectEqual(const Totals& a, const Totals& b) {
  EXPECT_EQ(a.planned, b.planned);
  EXPECT_EQ(a.sent, b.sent);
  EXPECT_EQ(a.dropped, b.dropped);
  EXPECT_EQ(a.unsent, b.unsent);
  EXPECT_EQ(a.cold, b.cold);
  EXPECT_EQ(a.warm, b.warm);
  EXPECT_EQ(a.outcomes, b.outcomes);
  EXPECT_EQ(a.planned_digest, b.planned_digest);
  EXPECT_EQ(a.sent_digest, b.sent_digest);
  EXPECT_EQ(a.billed_count, b.billed_count);
  EXPECT_EQ(a.billed_ms, b.billed_ms);
  EXPECT_EQ(a.billed_mb_ms, b.billed_mb_ms);
  EXPECT_EQ(a.memory_used_mb, b.memory_used_mb);
  EXPECT_EQ(a.reasons, b.reasons);
  ExpectEqual(a.cold_service, b.cold_service);
  ExpectEqual(a.cold_response, b.cold_response);
  ExpectEqual(a.warm_service, b.warm_service);
  ExpectEqual(a.warm_response, b.warm_response);
  ExpectEqual(a.init, b.init);
  ExpectEqual(a.lateness, b.lateness);
  ExpectEqual(a.service, b.service);
  ExpectEqual(a.response, b.response);
  ExpectEqual(a.first_byte, b.first_byte);
  ExpectEqual(a.own_lateness, b.own_lateness);
  ExpectEqual(a.blocked, b.blocked);
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SAME_TOTALS_H_
