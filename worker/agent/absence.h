// Schedule of a worker without a stream to its coordinator: when to dial again,
// and when to give up. Pure: the caller passes steady-clock time.
//
// Thread-compatible.
#ifndef INVOCATOR_WORKER_AGENT_ABSENCE_H_
#define INVOCATOR_WORKER_AGENT_ABSENCE_H_

#include <cstdint>
#include <optional>

namespace invocator {

class Absence {
 public:
  enum class Cause {
    kBroken,    // the stream ended: the next may break as fast
    kSilent,    // nothing was heard on it: another may work at once
    kNoResume,  // the new stream was not resumed
  };

  // The stream was lost.
  void Begin(Cause cause, int64_t now_ns);
  // A new stream was dialled and must be resumed.
  void OnDialled(int64_t now_ns);
  void OnResumed();

  // True if reports may be sent: there is a stream, and it was resumed.
  bool present() const { return !since_ns_; }
  // Instant to dial at, without a stream.
  int64_t dial_ns() const { return dial_ns_; }
  // True if the dialled stream should have been resumed by now.
  bool ResumeIsLate(int64_t now_ns) const {
    return since_ns_ && now_ns >= resume_deadline_ns_;
  }
  // True once it has lasted longer than the coordinator waits for a worker.
  bool IsForEver(int64_t now_ns) const;

 private:
  std::optional<int64_t> since_ns_;
  int64_t dial_ns_ = 0;
  int64_t backoff_ns_ = 0;
  int64_t resume_deadline_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_ABSENCE_H_
