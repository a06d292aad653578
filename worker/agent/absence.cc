#include "worker/agent/absence.h"

#include <algorithm>

namespace invocator {
namespace {

constexpr int64_t kFirstRedialNs = 200'000'000;
constexpr int64_t kLastRedialNs = 2'000'000'000;
constexpr int64_t kResumeTimeoutNs = 3'000'000'000;
// Longer than the coordinator waits for us.
constexpr int64_t kPatienceNs = 20'000'000'000;

}  // namespace

void Absence::Begin(Cause cause, int64_t now_ns) {
  if (!since_ns_) since_ns_ = now_ns;
  switch (cause) {
    case Cause::kBroken:
      dial_ns_ = now_ns + backoff_ns_;
      backoff_ns_ = std::clamp(2 * backoff_ns_, kFirstRedialNs, kLastRedialNs);
      break;
    case Cause::kSilent:
      dial_ns_ = now_ns;
      break;
    case Cause::kNoResume:
      dial_ns_ = now_ns + kFirstRedialNs;
      break;
  }
}

void Absence::OnDialled(int64_t now_ns) {
  resume_deadline_ns_ = now_ns + kResumeTimeoutNs;
}

void Absence::OnResumed() {
  since_ns_.reset();
  backoff_ns_ = 0;
}

bool Absence::IsForEver(int64_t now_ns) const {
  return since_ns_ && now_ns - *since_ns_ > kPatienceNs;
}

}  // namespace invocator
