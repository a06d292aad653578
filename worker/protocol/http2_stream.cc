#include "worker/protocol/http2_stream.h"

#include "absl/strings/str_cat.h"
#include "common/words/listing.h"

namespace invocator {
namespace {

std::string BodyWords(const Http2Stream& stream) {
  return absl::StrCat("after ", Counted(stream.body_bytes, "byte"),
                      " of the body");
}

std::string SentWords(const Http2Stream& stream) {
  if (!stream.head_sent) return "before the request";
  if (stream.written()) return "after the request";
  return absl::StrCat("after ", stream.body_sent, " of ",
                      Counted(stream.body.size(), "byte"),
                      " of the request's body");
}

}  // namespace

TransportFailure Http2Stream::WhyLate() const {
  switch (came) {
    case Came::kNothing:
      if (written()) return {Reason::kFirstByteTimeout, ""};
      return {Reason::kSendTimeout, SentWords(*this)};
    case Came::kPartOfHead:
      return {Reason::kHeadTimeout, ""};
    case Came::kHead:
    case Came::kAll:
      break;
  }
  return {Reason::kBodyTimeout, BodyWords(*this)};
}

TransportFailure Http2Stream::WhyCut(absl::string_view how) const {
  switch (came) {
    case Came::kNothing:
      return {Reason::kClosedBeforeAnswer,
              absl::StrCat(how, ", ", SentWords(*this))};
    case Came::kPartOfHead:
      return {Reason::kClosedInHead, std::string(how)};
    case Came::kHead:
    case Came::kAll:
      break;
  }
  return {Reason::kClosedInBody, absl::StrCat(how, ", ", BodyWords(*this))};
}

}  // namespace invocator
