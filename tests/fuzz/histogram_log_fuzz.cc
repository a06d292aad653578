// Feeds bytes as a histogram's counts, as inflated data, as a payload, as a tag
// and as a log. They are refused with an error, or give a histogram that Add
// could have made and that survives writing and reading.
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/wire/histogram_codec.h"
#include "coordinator/timeline/hdr_payload.h"
#include "coordinator/timeline/histogram_log.h"

namespace invocator {
namespace {

void Check(const absl::StatusOr<Histogram>& histogram) {
  if (!histogram.ok()) {
    if (histogram.status().message().empty()) std::abort();
    return;
  }
  const absl::StatusOr<uint64_t> count = CheckWire(ToWire(*histogram));
  if (!count.ok() || *count != histogram->count()) std::abort();
  const absl::StatusOr<Histogram> again =
      FromHdrPayload(ToHdrPayload(*histogram));
  if (!again.ok() || again->count() != histogram->count() ||
      again->sum_ns() != histogram->sum_ns()) {
    std::abort();
  }
  again->ForEachCell([&](int index, uint64_t cell) {
    if (histogram->CellCount(index) != cell) std::abort();
  });
}

std::string BigEndian(uint64_t value, int bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(value >> (8 * bytes));
  return text;
}

std::string PayloadOf(const std::string& plain) {
  std::string packed(compressBound(plain.size()), '\0');
  uLongf size = packed.size();
  if (compress(reinterpret_cast<Bytef*>(packed.data()), &size,
               reinterpret_cast<const Bytef*>(plain.data()),
               plain.size()) != Z_OK) {
    std::abort();
  }
  return absl::Base64Escape(absl::StrCat(
      BigEndian(0x1c849314, 4), BigEndian(size, 4), packed.substr(0, size)));
}

std::string HeaderOf(const std::string& counts) {
  return absl::StrCat(BigEndian(0x1c849313, 4), BigEndian(counts.size(), 4),
                      BigEndian(0, 4), BigEndian(3, 4), BigEndian(1'000, 8),
                      BigEndian(3'600'000'000'000, 8),
                      BigEndian(0x3ff0000000000000, 8));
}

void CheckLog(const std::string& text) {
  static const int fd = memfd_create("log", 0);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, text.data(), text.size(), 0) !=
                                   static_cast<ssize_t>(text.size())) {
    std::abort();
  }
  const absl::Status status = ReadHistogramLog(
      absl::StrCat("/proc/self/fd/", fd), [](HistogramLogLine line) {
        if (!(line.start_s >= 0 && line.length_s >= 0)) std::abort();
        Check(std::move(line.histogram));
        return absl::OkStatus();
      });
  if (!status.ok() && status.message().empty()) std::abort();
}

}  // namespace
}  // namespace invocator

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace invocator;  // NOLINT(google-build-using-namespace)
  const std::string text(reinterpret_cast<const char*>(data), size);
  Check(FromHdrPayload(PayloadOf(HeaderOf(text) + text)));
  Check(FromHdrPayload(PayloadOf(text)));
  Check(FromHdrPayload(text));
  const std::optional<HistogramTag> tag = ParseHistogramTag(text);
  if (tag.has_value() && HistogramTagText(*tag) != text) std::abort();
  CheckLog(text);
  return 0;
}
