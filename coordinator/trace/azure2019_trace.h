// Reads the Azure Functions trace of 2019: files of counts, one a day, with a
// row for each function and a column for each minute; and files of durations.
//
// A function is known by the hashes of owner, app and function together. Days
// have different functions. Source: AzureFunctionsDataset2019.md of Azure's
// public datasets.
#ifndef INVOCATOR_COORDINATOR_TRACE_AZURE2019_TRACE_H_
#define INVOCATOR_COORDINATOR_TRACE_AZURE2019_TRACE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/trace/trace.h"

namespace invocator {

class Azure2019Trace final : public Trace {
 public:
  // Distinguishes counts from durations by their headers. The days are those of
  // the files of counts, in the order given. INVALID_ARGUMENT for other files,
  // and without a file of counts.
  static absl::StatusOr<std::unique_ptr<Trace>> Open(
      const std::vector<std::string>& files);

  int64_t bin_s() const override { return 60; }
  // Reads the counts before the durations.
  absl::StatusOr<std::vector<TraceSource>> Read(const TraceWindow& window,
                                                TraceSink& sink) override;

 private:
  struct File {
    std::string path;
    bool has_counts = false;
  };

  explicit Azure2019Trace(std::vector<File> files) : files_(std::move(files)) {}

  absl::Status CheckWindow(const TraceWindow& window) const;

  std::vector<File> files_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_AZURE2019_TRACE_H_
