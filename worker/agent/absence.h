// The time without a stream to the coordinator: when to dial again after it has
// broken, and when to give up. Pure: time comes in, by the steady clock.
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
    kBroken,    // the stream has ended: what is dialled next may break as fast
    kSilent,    // nothing was heard on it: another may be better at once
    kNoResume,  // it was dialled, but not resumed
  };

  // The stream is not there any more.
  void Begin(Cause cause, int64_t now_ns);
  // Another was dialled: from now on Resume is awaited.
  void OnDialled(int64_t now_ns);
  void OnResumed();

  // Whether reports may be sent: there is a stream, and it was resumed.
  bool present() const { return !since_ns_; }
  // When to dial, if there is no stream.
  int64_t dial_ns() const { return dial_ns_; }
  // The stream that was dialled should have been resumed by now.
  bool ResumeIsLate(int64_t now_ns) const {
    return since_ns_ && now_ns >= resume_deadline_ns_;
  }
  // It has lasted longer than the coordinator waits for anybody.
  bool IsForEver(int64_t now_ns) const;

 private:
  std::optional<int64_t> since_ns_;
  int64_t dial_ns_ = 0;
  int64_t backoff_ns_ = 0;
  int64_t resume_deadline_ns_ = 0;
};

}  // namespace invocator

#endif  // INVOCATOR_WORKER_AGENT_ABSENCE_H_
