// invocator-gateway: wires options, server and signals.
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/interrupt.h"
#include "common/say.h"
#include "gateway/options.h"
#include "gateway/server.h"

namespace {

std::atomic<invocator::GatewayServer*> running_server = nullptr;

void StopServer() {
  if (auto* server = running_server.load()) server->Stop();
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that goes away is an error of writing, not the end of the run.
  std::signal(SIGPIPE, SIG_IGN);
  invocator::ParsedGatewayOptions parsed =
      invocator::ParseGatewayOptions(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  absl::StatusOr<std::unique_ptr<invocator::GatewayServer>> server =
      invocator::GatewayServer::Create(*parsed.options);
  if (!server.ok()) {
    invocator::Say(
        absl::StrCat("invocator-gateway: ", server.status().message()));
    return 3;
  }
  running_server = server->get();
  invocator::CountInterrupts(StopServer);
  std::printf("listening on %s\n", (*server)->url().c_str());
  std::fflush(stdout);
  (*server)->Run();
  running_server = nullptr;
  return 0;
}
