#include "common/wire/progress_codec.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/wire/protocol.h"
#include "common/wire/record_codec.h"
#include "common/words/listing.h"
#include "proto/fleet.pb.h"

namespace invocator {
namespace {

absl::StatusOr<FailureSample> FromWire(const wire::FailureSample& message,
                                       size_t instances) {
  if (message.reason() == 0 || message.reason() >= kReasons ||
      message.instance() >= instances || message.status() > 999 ||
      message.scheduled_ns() < 0 || message.scheduled_ns() > kMaxRecordNs ||
      message.date_ahead_s() < -kMaxDateAheadS ||
      message.date_ahead_s() > kMaxDateAheadS ||
      message.body().size() > kMaxFailureBodyBytes ||
      message.canonical_request().size() > kMaxCanonicalBytes ||
      message.error_type().size() > kMaxErrorTypeBytes ||
      message.detail().size() > kMaxFailureDetailBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "progress reports an invalid failure: reason ", message.reason(),
        " of ", kReasons, ", instance ", message.instance(), " of ", instances,
        ", status ", message.status(), ", a body of ",
        Counted(message.body().size(), "byte")));
  }
  FailureSample sample;
  sample.reason = static_cast<Reason>(message.reason());
  sample.instance = message.instance();
  sample.sequence = message.sequence();
  sample.scheduled_ns = message.scheduled_ns();
  sample.status = message.status();
  sample.error_type = message.error_type();
  sample.body = message.body();
  sample.body_cut = message.body_cut();
  sample.canonical_request = message.canonical_request();
  if (message.has_date()) sample.date_ahead_s = message.date_ahead_s();
  sample.detail = message.detail();
  return sample;
}

}  // namespace

void ProgressWriter::BeginTotals(uint32_t instance, bool warmup,
                                 const Totals& totals) {
  wire::InstanceDelta& message = *message_.add_instances();
  message.set_instance(instance);
  message.set_warmup(warmup);
  ToWire(totals, message);
  bytes_ += message.ByteSizeLong();
}

void ProgressWriter::AddBin(uint32_t tick, const BinTotals& bin) {
  wire::BinDelta& message =
      *message_.mutable_instances(message_.instances_size() - 1)->add_bins();
  message.set_tick(tick);
  ToWire(bin, message);
  bytes_ += message.ByteSizeLong();
}

void ProgressWriter::AddFailure(const FailureSample& failure) {
  wire::FailureSample& message = *message_.add_failures();
  message.set_reason(static_cast<uint32_t>(failure.reason));
  message.set_instance(failure.instance);
  message.set_sequence(failure.sequence);
  message.set_scheduled_ns(failure.scheduled_ns);
  message.set_status(failure.status);
  message.set_error_type(failure.error_type);
  message.set_body(failure.body);
  message.set_body_cut(failure.body_cut);
  message.set_canonical_request(failure.canonical_request);
  message.set_has_date(failure.date_ahead_s.has_value());
  message.set_date_ahead_s(failure.date_ahead_s.value_or(0));
  message.set_detail(failure.detail);
  bytes_ += message.ByteSizeLong();
}

void ProgressWriter::SetInFlight(uint64_t in_flight) {
  message_.set_in_flight(in_flight);
}

void ProgressWriter::SetUntil(int64_t until_ns) {
  message_.set_until_ns(until_ns);
}

size_t ProgressReader::size() const {
  return static_cast<size_t>(message_.instances_size());
}

TotalsDelta ProgressReader::totals(size_t index) const {
  return TotalsDelta(message_.instances(static_cast<int>(index)));
}

uint64_t ProgressReader::in_flight() const { return message_.in_flight(); }
int64_t ProgressReader::until_ns() const { return message_.until_ns(); }

absl::StatusOr<std::vector<FailureSample>> ProgressReader::Failures(
    size_t instances) const {
  std::vector<FailureSample> failures;
  failures.reserve(static_cast<size_t>(message_.failures_size()));
  for (const wire::FailureSample& message : message_.failures()) {
    absl::StatusOr<FailureSample> sample = FromWire(message, instances);
    if (!sample.ok()) return sample.status();
    failures.push_back(*std::move(sample));
  }
  return failures;
}

}  // namespace invocator
