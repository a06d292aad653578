#include "coordinator/fleet/heartbeat.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace invocator {

Heartbeat::Heartbeat(Fleet& fleet, const SteadyClock& clock,
                     const std::optional<LeaseTerms>& terms)
    : fleet_(fleet), clock_(clock), terms_(terms) {
  const auto period =
      absl::ToChronoMilliseconds(terms ? terms->ping_period : kPingPeriod);
  thread_ = std::thread([this, period] {
    std::unique_lock lock(mutex_);
    while (!stopped_.wait_for(lock, period, [this] { return stop_; })) {
      BeatLocked();
    }
  });
  pthread_setname_np(thread_.native_handle(), "heartbeat");
}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

void Heartbeat::Watch(const std::string& member_key,
                      std::optional<size_t> session,
                      const ClockSync::Estimate& clock) {
  const std::lock_guard lock(mutex_);
  Pulse& pulse = pulses_[member_key];
  pulse.session = session;
  pulse.clock = clock;
}

void Heartbeat::EndLeases(const std::string& member_key) {
  const std::lock_guard lock(mutex_);
  pulses_[member_key].may_lease = false;
}

void Heartbeat::HoldLeases(const std::string& member_key, bool hold) {
  const std::lock_guard lock(mutex_);
  pulses_[member_key].held = hold;
}

void Heartbeat::Beat() {
  const std::lock_guard lock(mutex_);
  BeatLocked();
}

int64_t Heartbeat::LeasedUntilNs(const std::string& member_key) const {
  const std::lock_guard lock(mutex_);
  const auto pulse = pulses_.find(member_key);
  return pulse == pulses_.end() ? 0 : pulse->second.lease_until_ns;
}

void Heartbeat::BeatLocked() {
  for (auto& [key, pulse] : pulses_) {
    if (!pulse.session) continue;
    const int64_t now_ns = clock_.NowNs();
    // The first lease needs no sign of life: workers wait for each other in
    // silence.
    const bool first = pulse.lease_until_ns == 0;
    if (terms_ && pulse.may_lease && !pulse.held &&
        (first || fleet_.HeardSince(
                      *pulse.session,
                      now_ns - absl::ToInt64Nanoseconds(terms_->silence)))) {
      const int64_t until_ns =
          now_ns + absl::ToInt64Nanoseconds(terms_->length);
      pulse.lease_end_ns = pulse.clock.ToWorker(until_ns);
      pulse.lease_until_ns = std::max(pulse.lease_until_ns,
                                      until_ns + pulse.clock.uncertainty_ns());
    }
    wire::CoordinatorMessage message;
    message.mutable_clock_ping()->set_sent_ns(now_ns);
    message.mutable_clock_ping()->set_lease_until_ns(pulse.lease_end_ns);
    fleet_.Send(*pulse.session, std::move(message));
  }
}

}  // namespace invocator
