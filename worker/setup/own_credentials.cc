#include "worker/setup/own_credentials.h"

#include <random>
#include <string>
#include <utility>

#include "common/process/log.h"

namespace invocator {

absl::StatusOr<std::unique_ptr<CredentialsRefresher>> FindOwnCredentials(
    const AgentOptions& options, const GiveUp& give_up) {
  absl::StatusOr<ChosenCredentials> chosen =
      options.credentials ? *options.credentials
                          : FindCredentials(options.profile, give_up);
  if (!chosen.ok()) return chosen.status();
  RefresherOptions refresher;
  refresher.tell = [](RefreshNews news, const std::string& words) {
    Log().log(news == RefreshNews::kRenewed      ? spdlog::level::info
              : news == RefreshNews::kNotRenewed ? spdlog::level::warn
                                                 : spdlog::level::err,
              "{}", words);
  };
  std::random_device random;
  refresher.jitter = random() / (std::random_device::max() + 1.0);
  return std::make_unique<CredentialsRefresher>(*std::move(chosen),
                                                std::move(refresher));
}

}  // namespace invocator
