// Parses thresholds, for tests.
#ifndef INVOCATOR_TESTS_SUPPORT_THRESHOLDS_H_
#define INVOCATOR_TESTS_SUPPORT_THRESHOLDS_H_

#include <gtest/gtest.h>

#include "coordinator/books/threshold.h"
#include "coordinator/json/suggestion.h"

namespace invocator {

inline Threshold ParsedThreshold(absl::string_view check) {
  absl::StatusOr<Threshold> threshold = ParseThreshold(check, &NearestWord);
  EXPECT_TRUE(threshold.ok()) << threshold.status();
  return threshold.value_or(Threshold());
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_THRESHOLDS_H_
