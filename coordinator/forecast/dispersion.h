// Index of dispersion of counts: variance over mean of the calls in windows of
// equal length. 1 for Poisson arrivals, near 0 for equal gaps; tends to cv^2
// for independent gaps with that coefficient of variation.
//
// Thread-compatible. Memory does not depend on calls or windows.
#ifndef INVOCATOR_COORDINATOR_FORECAST_DISPERSION_H_
#define INVOCATOR_COORDINATOR_FORECAST_DISPERSION_H_

#include <cmath>
#include <cstdint>
#include <optional>

namespace invocator {

class Dispersion {
 public:
  // Fewer windows make the index meaningless.
  static constexpr double kFewestWindows = 20;

  // Windows 0 .. windows - 1, whole ones. REQUIRES: windows >= 0
  explicit Dispersion(double windows) : windows_(std::floor(windows)) {}

  // Counts a call at `position`, in windows from the first one's start. Calls
  // outside the windows do not count. REQUIRES: positions never decrease
  void Add(double position) {
    if (!(position >= 0 && position < windows_)) return;
    const double window = std::floor(position);
    if (window != window_) {
      EndWindow();
      window_ = window;
    }
    ++in_window_;
  }

  // Unknown for fewer than kFewestWindows windows, and without calls.
  std::optional<double> Index() {
    EndWindow();
    if (windows_ < kFewestWindows || sum_ == 0) return std::nullopt;
    // The sample's variance: n - 1. Sums of squares stay below 2^53 for 10^9
    // calls in windows of ten.
    const double spread = squares_ - sum_ * sum_ / windows_;
    const double variance = std::fmax(spread, 0) / (windows_ - 1);
    return variance / (sum_ / windows_);
  }

 private:
  void EndWindow() {
    sum_ += in_window_;
    squares_ += in_window_ * in_window_;
    in_window_ = 0;
  }

  double windows_;
  double window_ = 0;  // the present one
  double in_window_ = 0;
  double sum_ = 0;
  double squares_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_FORECAST_DISPERSION_H_
