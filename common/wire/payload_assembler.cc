#include "common/wire/payload_assembler.h"

#include "absl/strings/str_cat.h"
#include "common/wire/protocol.h"
#include "common/words/listing.h"

namespace invocator {

PayloadAssembler::PayloadAssembler(const wire::Plan& announced, Plan& plan)
    : plan_(plan) {
  for (const wire::PayloadSet& set : announced.payload_sets()) {
    body_bytes_.emplace_back(set.body_bytes().begin(), set.body_bytes().end());
  }
  SkipComplete();
}

absl::Status PayloadAssembler::Append(uint32_t payload_set, uint32_t body,
                                      absl::string_view bytes) {
  if (complete() || payload_set != set_ || body != body_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "payload chunk of body ", body, " in set ", payload_set, ", expected ",
        complete() ? "none any more" : absl::StrCat(body_, " in set ", set_)));
  }
  if (bytes.empty() || bytes.size() > kPayloadChunkBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("payload chunk of ", Counted(bytes.size(), "byte"),
                     ", expected 1 .. ", kPayloadChunkBytes));
  }
  std::string& target = plan_.payload_sets[set_][body_];
  const uint64_t lacking = body_bytes_[set_][body_] - target.size();
  if (bytes.size() > lacking) {
    return absl::InvalidArgumentError(absl::StrCat(
        "payload chunk of ", Counted(bytes.size(), "byte"), " for body ", body,
        " in set ", payload_set, ", which lacks ", lacking));
  }
  if (target.empty()) target.reserve(body_bytes_[set_][body_]);
  target.append(bytes.data(), bytes.size());
  SkipComplete();
  return absl::OkStatus();
}

void PayloadAssembler::SkipComplete() {
  for (; set_ < body_bytes_.size(); ++set_, body_ = 0) {
    for (; body_ < body_bytes_[set_].size(); ++body_) {
      if (plan_.payload_sets[set_][body_].size() < body_bytes_[set_][body_]) {
        return;
      }
    }
  }
}

}  // namespace invocator
