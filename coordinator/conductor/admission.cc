#include "coordinator/conductor/admission.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/process/log.h"
#include "common/wire/assignment_codec.h"
#include "common/wire/protocol.h"
#include "common/words/listing.h"
#include "common/words/worker_name.h"

namespace invocator {
namespace {

absl::Status WrongProtocol(uint32_t theirs) {
  return absl::UnimplementedError(
      absl::StrCat("this coordinator speaks protocol ", kProtocolVersion,
                   ", the worker ", theirs));
}

}  // namespace

void Admission::Greet(size_t session, const wire::WorkerMessage& message,
                      const std::optional<wire::Stop>& stop) {
  if (message.has_hello()) {
    Welcome(session, message.hello());
  } else if (message.has_rejoin()) {
    Readmit(session, message.rejoin(), stop);
  } else {
    fleet_.End(session, absl::InvalidArgumentError("expected Hello"));
  }
}

void Admission::Welcome(size_t session, const wire::Hello& hello) {
  if (hello.protocol_version() != kProtocolVersion) {
    Log().warn("turned away a worker of protocol {}", hello.protocol_version());
    fleet_.End(session, WrongProtocol(hello.protocol_version()));
    return;
  }
  if (absl::Status named = CheckWorkerName(hello.name()); !named.ok()) {
    fleet_.End(session, named);
    return;
  }
  if (closed_ || roster_.size() >= wanted_) {
    fleet_.End(session, absl::ResourceExhaustedError(
                            absl::StrCat("the fleet is complete, with ",
                                         Counted(wanted_, "worker"))));
    return;
  }
  fleet_.Recognize(session);
  const RunWorker& worker = roster_.Add(session, hello);
  wire::CoordinatorMessage welcome;
  welcome.mutable_welcome()->set_member_key(worker.member_key);
  welcome.mutable_welcome()->set_name(worker.name);
  fleet_.Send(session, std::move(welcome));
  if (tells_) {
    Log().info("worker {} has joined ({} of {})", worker.name, roster_.size(),
               wanted_);
  }
}

void Admission::Readmit(size_t session, const wire::Rejoin& rejoin,
                        const std::optional<wire::Stop>& stop) {
  if (rejoin.protocol_version() != kProtocolVersion) {
    fleet_.End(session, WrongProtocol(rejoin.protocol_version()));
    return;
  }
  const std::optional<size_t> index = roster_.ByKey(rejoin.member_key());
  if (!index || !roster_[*index].started() || roster_[*index].loss.given_up ||
      rejoin.extends() > roster_[*index].extends.size()) {
    fleet_.End(session, absl::FailedPreconditionError(
                            "not, or no longer, a member of this run"));
    return;
  }
  RunWorker& worker = roster_[*index];
  if (worker.session) {
    fleet_.End(*worker.session, absl::AbortedError("rejoined on a new stream"));
  }
  fleet_.Recognize(session);
  roster_.Move(*index, session);
  heartbeat_.Watch(worker.member_key, session, worker.clock.best());
  wire::CoordinatorMessage message;
  message.mutable_resume()->set_reports(worker.reports.merged);
  worker.reports.acked = worker.reports.merged;
  fleet_.Send(session, message);
  for (size_t i = rejoin.extends(); i < worker.extends.size(); ++i) {
    *message.mutable_extend() = ToWire(worker.extends[i], i + 1);
    fleet_.Send(session, message);
  }
  if (stop) {
    *message.mutable_stop() = *stop;
    fleet_.Send(session, message);
  }
  Log().info("worker {} is back", worker.name);
}

}  // namespace invocator
