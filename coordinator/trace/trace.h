// Interfaces of a public trace, which is read from files, and of the receiver
// of its contents.
//
// A trace is read twice, as a stream: for a census of its functions, then for
// the counts of those chosen. Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_TRACE_TRACE_H_
#define INVOCATOR_COORDINATOR_TRACE_TRACE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/trace/trace_window.h"

namespace invocator {

// Joins the parts of a function's name. No field of a CSV file contains it.
inline constexpr char kNameSeparator = '\0';

// A file as it was read.
struct TraceSource {
  std::string file;
  uint64_t bytes = 0;
  std::string sha256;  // lower-case hex

  friend bool operator==(const TraceSource&, const TraceSource&) = default;
};

class TraceSink {
 public:
  virtual ~TraceSink() = default;

  // Number of the function of that name, counted by first appearance from 0.
  // `name` need not outlive the call.
  virtual absl::StatusOr<uint32_t> NumberOf(absl::string_view name) = 0;
  // The same, but nullopt for a function that has not yet appeared.
  virtual std::optional<uint32_t> KnownNumberOf(
      absl::string_view name) const = 0;

  // Calls in a bin, counted from the window's start; negative before it.
  // REQUIRES: calls > 0
  virtual void Calls(uint32_t function, int64_t bin, uint32_t calls) = 0;
  // Mean duration of some calls. REQUIRES: ms >= 0 and weight > 0, finite
  virtual void Duration(uint32_t function, double ms, double weight) = 0;
  // Rows left out, with the reason in the plural: "durations of ...".
  virtual void LeftOut(absl::string_view reason) = 0;
};

class Trace {
 public:
  virtual ~Trace() = default;

  // Width of a bin in seconds.
  virtual int64_t bin_s() const = 0;
  // Reads all files and fills the sink. Returns the files in the order given.
  //
  // INVALID_ARGUMENT ("file:line: what, the value, the expectation") for text
  // of another form, and for a window that the trace cannot have; else the
  // sink's errors and the system's.
  virtual absl::StatusOr<std::vector<TraceSource>> Read(
      const TraceWindow& window, TraceSink& sink) = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_TRACE_TRACE_H_
