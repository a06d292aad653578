#include "worker/transport/warming.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace invocator {

void Warming::Begin(OriginPool& origin, uint32_t count, int64_t now_ns) {
  left_ += count;
  for (uint32_t i = 0; i < count; ++i) {
    Call& call = *asked_.emplace_back(&calls_.Take());
    call.pool = &origin;
    call.warms = true;
    line_.Add(call, now_ns);
  }
}

void Warming::OnOpened(Call& call) {
  --left_;
  call.warms = false;
  calls_.PutBack(call);
}

void Warming::OnFailed(Call& call, const TransportFailure& failure) {
  OnOpened(call);
  failures_.insert(absl::StrCat(call.pool->origin.url, ": ", failure.detail));
}

absl::Status Warming::End(
    absl::FunctionRef<TransportFailure(const Call& call)> why_late) {
  for (Call* call : std::exchange(asked_, {})) {
    if (!call->warms) continue;
    failures_.insert(absl::StrCat(call->pool->origin.url, ": not in time, ",
                                  WaitWords(why_late(*call))));
    Link* const link = call->link;
    line_.Remove(*call);
    if (link != nullptr) pool_.Close(*link);
    calls_.PutBack(*call);
  }
  left_ = 0;
  const std::set<std::string> failures = std::exchange(failures_, {});
  if (failures.empty()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrJoin(failures, "; "));
}

}  // namespace invocator
