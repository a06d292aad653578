#include "common/wire/tape_assembler.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/plan/version_group.h"
#include "common/wire/protocol.h"
#include "common/words/listing.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat(args...));
}

int64_t DurationNs(const ArrivalSpec& spec) {
  return std::llround(spec.duration_s * 1e9);
}

}  // namespace

absl::StatusOr<TapeAssembler> TapeAssembler::Create(
    const wire::Assignment& announced, Plan& plan, const std::string& folder) {
  std::vector<Announced> tapes;
  for (const uint32_t instance : announced.tapes()) {
    if (instance >= plan.instances.size()) {
      return Invalid("timestamps of instance ", instance, " of ",
                     plan.instances.size());
    }
    if (!tapes.empty() && instance <= tapes.back().instance) {
      return Invalid("timestamps of instance ", instance, " after those of ",
                     tapes.back().instance, ", expected ascending order");
    }
    if (plan.instances[instance].arrivals.kind != ArrivalKind::kTimestamps) {
      return Invalid("timestamps of instance ", instance,
                     ", whose arrivals are of another kind");
    }
    if (const size_t first = FirstVersion(plan, instance); first != instance) {
      return Invalid("timestamps of instance ", instance,
                     ", a version that has those of instance ", first);
    }
    const wire::Tape& size = announced.plan()
                                 .instances(static_cast<int>(instance))
                                 .arrivals()
                                 .tape();
    tapes.push_back({instance, size.instants(), size.bytes()});
  }
  TapeAssembler assembler(plan, std::move(tapes));
  if (assembler.tapes_.empty()) return assembler;
  absl::StatusOr<TemporaryFile> file = TemporaryFile::Create(folder);
  if (!file.ok()) return file.status();
  assembler.file_ = std::make_shared<TemporaryFile>(*std::move(file));
  absl::Status status = assembler.BeginNext();
  if (!status.ok()) return status;
  return assembler;
}

absl::Status TapeAssembler::BeginNext() {
  for (; next_ < tapes_.size(); ++next_) {
    writer_.emplace(
        file_, DurationNs(plan_.instances[tapes_[next_].instance].arrivals));
    if (tapes_[next_].bytes > 0) break;
    if (absl::Status status = Finish(); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status TapeAssembler::Finish() {
  absl::StatusOr<std::shared_ptr<const InstantTape>> tape =
      (*std::exchange(writer_, std::nullopt)).Finish();
  if (!tape.ok()) return tape.status();
  const size_t first = tapes_[next_].instance;
  for (size_t i = first; i < VersionsEnd(plan_, first); ++i) {
    plan_.instances[i].arrivals.tape = *tape;
  }
  return absl::OkStatus();
}

absl::Status TapeAssembler::Append(uint32_t instance, absl::string_view bytes) {
  if (complete() || !writer_ || instance != tapes_[next_].instance) {
    return Invalid("timestamps of instance ", instance, ", expected ",
                   complete()
                       ? "none any more"
                       : absl::StrCat("instance ", tapes_[next_].instance));
  }
  if (bytes.empty() || bytes.size() > kPayloadChunkBytes) {
    return Invalid("timestamps in a chunk of ", Counted(bytes.size(), "byte"),
                   ", expected 1 .. ", kPayloadChunkBytes);
  }
  const Announced& tape = tapes_[next_];
  const uint64_t lacking = tape.bytes - writer_->bytes();
  if (bytes.size() > lacking) {
    return Invalid("timestamps in ", Counted(bytes.size(), "byte"),
                   " for instance ", instance, ", which lacks ", lacking);
  }
  absl::Status status = writer_->Append(bytes);
  if (status.ok() && bytes.size() == lacking) {
    if (writer_->count() != tape.instants) {
      status = Invalid(writer_->count(), " timestamps, expected ",
                       tape.instants, " as announced");
    } else {
      status = Finish();
      if (status.ok()) {
        ++next_;
        status = BeginNext();
      }
    }
  }
  if (status.ok()) return status;
  writer_.reset();
  return absl::Status(status.code(), absl::StrCat("instance ", instance, ": ",
                                                  status.message()));
}

absl::Status TapeAssembler::Check(const Share& share) const {
  if (plan_.instances[share.instance].arrivals.kind !=
      ArrivalKind::kTimestamps) {
    return absl::OkStatus();
  }
  const size_t first = FirstVersion(plan_, share.instance);
  const bool announced = std::any_of(
      tapes_.begin(), tapes_.end(),
      [&](const Announced& tape) { return tape.instance == first; });
  if (announced) return absl::OkStatus();
  return Invalid("share of instance ", share.instance,
                 ", whose timestamps were not announced");
}

}  // namespace invocator
