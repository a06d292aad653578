#include "common/wire/version_codec.h"

#include <cstddef>
#include <optional>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("plan: ", args...));
}

// Whether the versions of an instance go on after this one.
bool GoesOn(const std::optional<VersionPlace>& version) {
  return version && version->index + 1 < version->count;
}

}  // namespace

wire::Version ToWire(const VersionPlace& version) {
  wire::Version message;
  message.set_index(version.index);
  message.set_count(version.count);
  message.set_split(version.pairing == Pairing::kSplit);
  return message;
}

absl::StatusOr<VersionPlace> FromWire(const wire::Version& message) {
  if (message.count() < kMinVersions || message.count() > kMaxVersions) {
    return Invalid("one of ", message.count(), " versions, expected ",
                   kMinVersions, " .. ", kMaxVersions);
  }
  if (message.index() >= message.count()) {
    return Invalid("version ", message.index(), " of ", message.count());
  }
  return VersionPlace{message.index(), message.count(),
                      message.split() ? Pairing::kSplit : Pairing::kBoth};
}

absl::Status CheckVersions(const Plan& plan) {
  std::optional<VersionPlace> last;
  for (size_t i = 0; i < plan.instances.size(); ++i) {
    const ArrivalSpec& arrivals = plan.instances[i].arrivals;
    if (arrivals.version && plan.blocking) {
      return Invalid("instance ", i, " is a version, in a blocking plan");
    }
    if (GoesOn(last)) {
      ArrivalSpec expected = plan.instances[i - 1].arrivals;
      ++expected.version->index;
      if (arrivals != expected) {
        return Invalid("instance ", i, ": expected version ",
                       expected.version->index, " of ", last->count,
                       ", with the arrivals of the one before it");
      }
    } else if (arrivals.version && arrivals.version->index > 0) {
      return Invalid("instance ", i, " is version ", arrivals.version->index,
                     ", without those before it");
    }
    last = arrivals.version;
  }
  if (!GoesOn(last)) return absl::OkStatus();
  return Invalid("version ", last->index, " of ", last->count,
                 " is the last instance, expected the others after it");
}

}  // namespace invocator
