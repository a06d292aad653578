#include "common/credentials/credentials_refresher.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/process/output.h"

namespace invocator {
namespace {

std::string Utc(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

}  // namespace

CredentialsRefresher::CredentialsRefresher(ChosenCredentials chosen,
                                           RefresherOptions options)
    : source_(std::move(chosen.source)),
      options_(std::move(options)),
      cell_(chosen.found.credentials),
      current_(chosen.found.credentials),
      schedule_(options_.jitter) {
  schedule_.Got(options_.now(), chosen.found);
  if (schedule_.next() == absl::InfiniteFuture()) return;
  thread_ = std::thread([this, &output = CurrentOutput()] {
    const OutputScope scope(output);
    Run();
  });
  pthread_setname_np(thread_.native_handle(), "credentials");
}

CredentialsRefresher::~CredentialsRefresher() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void CredentialsRefresher::Run() {
  while (Sleep()) {
    if (options_.now() >= schedule_.next()) Renew();
  }
}

bool CredentialsRefresher::Sleep() {
  const absl::Duration pause =
      std::clamp(schedule_.next() - options_.now(), absl::ZeroDuration(),
                 options_.look_every);
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, absl::ToChronoNanoseconds(pause),
                  [this] { return ending_.load(); });
  return !ending_;
}

void CredentialsRefresher::Renew() {
  absl::StatusOr<FoundCredentials> found =
      source_.fetch([this] { return ending_.load(); });
  const absl::Time now = options_.now();
  if (!found.ok()) {
    if (ending_) return;
    schedule_.Failed(now);
    TellFailure(found.status(), now);
    return;
  }
  schedule_.Got(now, *found);
  if (found->credentials == current_) return;
  current_ = found->credentials;
  cell_.Set(current_);
  if (!options_.tell) return;
  options_.tell(
      RefreshNews::kRenewed,
      absl::StrCat("credentials renewed (", source_.name, "): key ",
                   ShortKeyId(current_.access_key_id),
                   found->expires_at == absl::InfiniteFuture()
                       ? ""
                       : absl::StrCat(", until ", Utc(found->expires_at))));
}

void CredentialsRefresher::TellFailure(const absl::Status& status,
                                       absl::Time now) const {
  if (!options_.tell) return;
  const bool expired =
      schedule_.StateAt(now) == RefreshSchedule::State::kExpired;
  std::string words = absl::StrCat("credentials not renewed (", source_.name,
                                   "): ", status.message(), "; those in use ");
  if (schedule_.expires_at() == absl::InfiniteFuture()) {
    words += "are kept";
  } else {
    absl::StrAppend(&words, expired ? "expired at " : "are good until ",
                    Utc(schedule_.expires_at()));
  }
  options_.tell(expired ? RefreshNews::kExpired : RefreshNews::kNotRenewed,
                words);
}

}  // namespace invocator
