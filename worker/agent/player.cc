#include "worker/agent/player.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/aws/aws_settings.h"
#include "common/process/log.h"
#include "common/wire/plan_codec.h"
#include "worker/agent/stay_end.h"
#include "worker/exchange/request.h"
#include "worker/setup/own_credentials.h"
#include "worker/setup/own_target.h"

namespace invocator {
namespace {

// Limit of periods to hold: their counts by tick take memory.
constexpr int kMostProgressHeld = 10;

}  // namespace

Player::Player(const AgentOptions& options, const SteadyClock& steady,
               const WallClock& wall, const Departure& departure, Bell& bell)
    : options_(options),
      steady_(steady),
      wall_(wall),
      departure_(departure),
      bell_(bell),
      queue_([this] { bell_.Ring(); }),
      reporter_(options.outbox) {}

absl::Status Player::Assign(const wire::Assignment& message) {
  if (assigned()) return OutOfOrder("Assignment");
  absl::StatusOr<Assignment> assignment = ReadAssignment(
      message, options_.threads, options_.file_limit, options_.allowed_hosts);
  if (!assignment.ok()) return assignment.status();
  std::string note;
  absl::StatusOr<TargetOptions> target =
      OwnTarget(assignment->plan, options_.target,
                LoadAwsSettings(options_.profile), note);
  if (!target.ok()) return target.status();
  if (!note.empty()) Log().warn("{}", note);
  assignment_ = *std::move(assignment);
  assignment_->engines.target = *std::move(target);
  assignment_->engines.pin = options_.pin;
  payloads_.emplace(message.plan(), assignment_->plan);
  absl::StatusOr<TapeAssembler> tapes = TapeAssembler::Create(
      message, assignment_->plan, options_.outbox.spill_folder);
  if (!tapes.ok()) return tapes.status();
  tapes_.emplace(*std::move(tapes));
  for (const Share& share : assignment_->shares) {
    absl::Status status = tapes_->Check(share);
    if (!status.ok()) return status;
  }
  phase_ = Phase::kPreparing;
  return absl::OkStatus();
}

absl::Status Player::Append(const wire::PayloadChunk& chunk) {
  if (phase_ != Phase::kPreparing) return OutOfOrder("PayloadChunk");
  return payloads_->Append(chunk.payload_set(), chunk.body(), chunk.data());
}

absl::Status Player::Append(const wire::TapeChunk& chunk) {
  if (phase_ != Phase::kPreparing || !payloads_->complete()) {
    return OutOfOrder("TapeChunk");
  }
  return tapes_->Append(chunk.instance(), chunk.data());
}

absl::Status Player::GetReady(const std::function<bool()>& cut_off) {
  const auto gives_up = [this, cut_off] {
    return cut_off() || departure_.requested();
  };
  if (NeedsCredentials(assignment_->plan)) {
    auto found = FindOwnCredentials(options_, gives_up);
    if (departure_.requested()) return AskedToStop();
    if (!found.ok()) return found.status();
    credentials_ = *std::move(found);
  }
  assignment_->engines.give_up = gives_up;
  auto engines =
      EngineGroup::Create(assignment_->plan, assignment_->shares,
                          credentials_ ? &credentials_->cell() : nullptr,
                          queue_, steady_, wall_, assignment_->engines);
  if (departure_.requested()) return AskedToStop();
  if (!engines.ok()) return engines.status();
  engines_ = *std::move(engines);
  if (stop_) engines_->Stop(*stop_);
  phase_ = Phase::kReady;
  reporter_.Open(assignment_->plan, assignment_->record_ratio);
  return absl::OkStatus();
}

absl::StatusOr<wire::WorkerMessage> Player::TakeStart(
    const wire::Start& start) {
  if (!engines_) return OutOfOrder("Start");
  return start_.Take(start, steady_.NowNs(), began());
}

absl::Status Player::Extend(const wire::Extend& extend) {
  if (departure_.leaving()) return absl::OkStatus();
  if (!engines_ || !assignment_->engines.extensible ||
      extend.number() != extends_ + 1 || extend.from_ns() < 0) {
    return OutOfOrder("Extend");
  }
  std::vector<Share> shares;
  for (const wire::Share& wire_share : extend.shares()) {
    absl::StatusOr<Share> share = FromWire(wire_share, assignment_->plan);
    if (!share.ok()) return share.status();
    absl::Status status = tapes_->Check(*share);
    if (!status.ok()) return status;
    shares.push_back(*share);
  }
  ++extends_;
  engines_->Extend(shares, extend.from_ns());
  return absl::OkStatus();
}

absl::Status Player::Stop(const wire::Stop& stop) {
  if (stop.now() || stop.from_ns() == 0) {
    Stop(stop.now());
    return absl::OkStatus();
  }
  if (!began() || stop.from_ns() < 0) return OutOfOrder("Stop");
  // Engines that have ended sent all they had: the instant changes nothing.
  if (!ended()) stopped_from_ns_ = engines_->StopFrom(stop.from_ns());
  return absl::OkStatus();
}

void Player::Stop(bool now) {
  if (engines_) {
    engines_->Stop(now);
  } else {
    stop_ = now;
  }
}

void Player::SetSendUntil(int64_t until_steady_ns) {
  if (engines_) engines_->SetSendUntil(until_steady_ns);
}

bool Player::BeginInTime(int64_t now_ns) {
  // Once stopped there is nothing to wait for: report Done at once.
  if (!armed() || (now_ns < start_.BeginNs() && !engines_->stopped())) {
    return false;
  }
  phase_ = Phase::kPlaying;
  cpu_.Start();
  engines_->Start(*start_.at_ns(), [this] { bell_.Ring(); });
  return true;
}

int64_t Player::Leave() { return engines_->Leave(); }

absl::Duration Player::LongestPlay() const {
  return absl::Seconds(assignment_->plan.duration_s) +
         std::min(absl::Nanoseconds(assignment_->engines.engine.drain_ns),
                  kMaxTimeout);
}

void Player::QueueReports(bool is_due) {
  if (armed() && is_due) reporter_.QueueProgress({});
  if (!playing()) return;
  const bool all_ended = ended();
  // Read before Take: all calls that ended before it are in the queue by then.
  const ProgressInstant instant = {engines_->in_flight(),
                                   engines_->FlushedUntilNs()};
  reporter_.Take(queue_);
  if (all_ended || is_due) reporter_.QueueRecords();
  // While there is a backlog the counts add up here for some time.
  if (is_due && (!reporter_.outbox().spilled() ||
                 ++progress_held_ >= kMostProgressHeld)) {
    progress_held_ = 0;
    reporter_.QueueProgress(instant);
  }
  if (all_ended && QueueDone(instant)) phase_ = Phase::kDone;
}

// False if there is no room: tried again when the backlog is smaller.
bool Player::QueueDone(const ProgressInstant& instant) {
  WorkerDone done;
  engines_->FillReport(done);
  cpu_.Fill(done);
  done.stopped_from_ns = stopped_from_ns_;
  if (done.lease_ended) played_ = LeaseEnded();
  return reporter_.QueueDone(std::move(done), instant);
}

}  // namespace invocator
