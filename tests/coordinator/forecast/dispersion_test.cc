#include "coordinator/forecast/dispersion.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace invocator {
namespace {

void AddCalls(Dispersion& dispersion, double window, int calls) {
  for (int i = 0; i < calls; ++i) {
    dispersion.Add(window + (i + 0.5) / (calls + 1));
  }
}

// numpy: counts.var(ddof=1) / counts.mean() = 2.3942403177755707
TEST(Dispersion, IsNumpysVarianceOverMean) {
  Dispersion dispersion(20.9);
  double window = 0;
  for (const int calls :
       {3, 0, 1, 7, 2, 2, 0, 5, 4, 1, 0, 0, 6, 2, 3, 1, 1, 9, 2, 4}) {
    AddCalls(dispersion, window++, calls);
  }
  AddCalls(dispersion, 20, 50);  // of the window that is not whole
  EXPECT_NEAR(*dispersion.Index(), 2.3942403177755707, 1e-14);
}

TEST(Dispersion, OfEqualCountsIsZero) {
  Dispersion dispersion(30);
  for (int window = 0; window < 30; ++window) AddCalls(dispersion, window, 10);
  EXPECT_EQ(dispersion.Index(), 0);
}

TEST(Dispersion, CallsBeforeTheFirstWindowDoNotCount) {
  Dispersion dispersion(20);
  AddCalls(dispersion, -1, 100);
  for (int window = 0; window < 20; ++window) AddCalls(dispersion, window, 3);
  EXPECT_EQ(dispersion.Index(), 0);
}

// By hand: all n calls in one of w windows: n (1 - 1/w) w / (w - 1) = n.
TEST(Dispersion, EmptyWindowsCount) {
  Dispersion dispersion(1000);
  AddCalls(dispersion, 500, 7);
  EXPECT_NEAR(*dispersion.Index(), 7, 1e-12);
}

TEST(Dispersion, IsUnknownForFewWindowsAndWithoutCalls) {
  Dispersion few(19.99);
  AddCalls(few, 3, 10);
  EXPECT_EQ(few.Index(), std::nullopt);
  Dispersion none(100);
  EXPECT_EQ(none.Index(), std::nullopt);
}

}  // namespace
}  // namespace invocator
