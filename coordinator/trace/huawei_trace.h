// Reads Huawei's request counts of 2023 and 2025: a file a day, with a row for
// each minute or second and a column for each function.
//
// Columns are day, time and the functions', whose sets may differ between
// files. `time` is in seconds since the data set's beginning, days that are
// missing included; a time below the day's own start counts within the day.
// Cells are floating-point numbers; NaN and missing rows are 0. Source: the
// READMEs and notebooks of Huawei's data release.
#ifndef INVOCATOR_COORDINATOR_TRACE_HUAWEI_TRACE_H_
#define INVOCATOR_COORDINATOR_TRACE_HUAWEI_TRACE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/trace/trace.h"

namespace invocator {

class HuaweiTrace final : public Trace {
 public:
  // Reads the beginning of the first file for the width of a bin: a minute if
  // all times are whole minutes, else a second. The trace begins with the day
  // of its first row. INVALID_ARGUMENT without rows. REQUIRES: !files.empty()
  static absl::StatusOr<std::unique_ptr<Trace>> Open(
      const std::vector<std::string>& files);

  int64_t bin_s() const override { return bin_s_; }
  absl::StatusOr<std::vector<TraceSource>> Read(const TraceWindow& window,
                                                TraceSink& sink) override;

 private:
  HuaweiTrace(std::vector<std::string> files, int64_t bin_s, int64_t origin_s)
      : files_(std::move(files)), bin_s_(bin_s), origin_s_(origin_s) {}

  absl::StatusOr<TraceSource> ReadFile(const std::string& path,
                                       const TraceWindow& window,
                                       TraceSink& sink) const;

  const std::vector<std::string> files_;
  const int64_t bin_s_;
  const int64_t origin_s_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_HUAWEI_TRACE_H_
