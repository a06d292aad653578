// invocator-gateway: wires options, server and signals.
#include <unistd.h>

#include <atomic>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/process/interrupt.h"
#include "common/process/process_setup.h"
#include "common/process/say.h"
#include "gateway/options.h"
#include "gateway/server.h"

namespace {

std::atomic<invocator::GatewayServer*> running_server = nullptr;

void StopServer() {
  if (auto* server = running_server.load()) server->Stop();
}

}  // namespace

int main(int argc, char** argv) {
  invocator::SetUpProcess("invocator-gateway");
  invocator::ParsedGatewayOptions parsed =
      invocator::ParseGatewayOptions(argc, argv);
  if (!parsed.options) return parsed.exit_code;
  absl::StatusOr<std::unique_ptr<invocator::GatewayServer>> server =
      invocator::GatewayServer::Create(*parsed.options,
                                       invocator::RaiseFileLimit());
  if (!server.ok()) {
    invocator::Say(
        absl::StrCat("invocator-gateway: ", server.status().message()));
    return 3;
  }
  running_server = server->get();
  invocator::CountInterrupts(StopServer);
  if (parsed.options->stop_at_eof) invocator::InterruptAtEof(STDIN_FILENO);
  const absl::Status told =
      invocator::Print(absl::StrCat("listening on ", (*server)->url(), "\n"));
  if (!told.ok()) {
    invocator::Say(absl::StrCat("invocator-gateway: ", told.message()));
    // Nobody would know which port it is.
    if (parsed.options->server.port == 0) return 3;
  }
  (*server)->Run();
  running_server = nullptr;
  return 0;
}
