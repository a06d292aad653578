// Options of a worker in a fleet. Plain values.
#ifndef INVOCATOR_WORKER_SETUP_AGENT_OPTIONS_H_
#define INVOCATOR_WORKER_SETUP_AGENT_OPTIONS_H_

#include <grpcpp/channel.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/credentials/credentials_chain.h"
#include "common/http/target_options.h"
#include "worker/recording/outbox.h"
#include "worker/setup/allowed_hosts.h"

namespace invocator {

// Longest wait for each step of the coordinator.
struct AgentPatience {
  absl::Duration welcome = absl::Hours(24);     // it may not be up yet
  absl::Duration assignment = absl::Hours(24);  // others may have to join
  absl::Duration chunk = absl::Minutes(1);      // of payloads or timestamps
  absl::Duration start = absl::Minutes(10);     // others may have to get ready
  // To close the stream after a Failure or Done; after Done it waits for the
  // other workers to finish.
  absl::Duration close = absl::Seconds(60);
};

struct AgentOptions {
  std::string name;
  uint32_t threads = 1;
  TargetOptions target;
  bool pin = false;         // each engine to a separate core
  uint64_t file_limit = 0;  // descriptors this process may have open
  std::string token;        // to show the coordinator; empty: none
  std::string profile;      // of AWS's shared files; empty: their default
  // Credentials found earlier, so that no source is queried twice.
  std::optional<ChosenCredentials> credentials;
  AllowedHosts allowed_hosts;
  OutboxOptions outbox;
  AgentPatience patience;
};

// Opens a channel to the coordinator, each time on a new connection.
using Dial = std::function<std::shared_ptr<grpc::Channel>()>;

}  // namespace invocator

#endif  // INVOCATOR_WORKER_SETUP_AGENT_OPTIONS_H_
