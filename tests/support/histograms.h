// Makes histograms for tests.
#ifndef INVOCATOR_TESTS_SUPPORT_HISTOGRAMS_H_
#define INVOCATOR_TESTS_SUPPORT_HISTOGRAMS_H_

#include <cstdint>
#include <vector>

#include "common/result/histogram.h"

namespace invocator {

inline Histogram HistogramOf(std::vector<int64_t> values_ns) {
  Histogram histogram;
  for (int64_t value_ns : values_ns) histogram.Add(value_ns);
  return histogram;
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_HISTOGRAMS_H_
