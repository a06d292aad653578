#include "common/arrivals/rate_walk.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/arrivals/portable_log.h"

namespace invocator {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

double RateAt(const RateSegment& line, double at_s) {
  // Exact where the line is flat, and at its ends.
  if (line.start_per_s == line.end_per_s || at_s <= line.start_s) {
    return line.start_per_s;
  }
  if (at_s >= line.end_s) return line.end_per_s;
  return line.start_per_s +
         (line.end_per_s - line.start_per_s) *
             ((at_s - line.start_s) / (line.end_s - line.start_s));
}

double AreaOf(const RateSegment& segment) {
  return (segment.start_per_s + segment.end_per_s) * 0.5 * segment.length_s;
}

}  // namespace

absl::Status CheckRateLines(const ArrivalSpec& spec) {
  auto lines = static_cast<double>(spec.rate.points.size());
  if (spec.rate.every_s > 0 && !spec.rate.is_constant()) {
    lines *= spec.duration_s / spec.rate.every_s + 1;
  }
  if (spec.bursts) {
    lines += 2 * spec.duration_s /
             (spec.bursts->mean_on_s + spec.bursts->mean_off_s);
  }
  if (lines <= kMaxRateLines) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "a rate of some %.3g straight lines and stays of bursts in %.15g s, "
      "expected at most %.3g",
      lines, spec.duration_s, kMaxRateLines));
}

BurstStates::BurstStates(const ArrivalSpec& spec)
    : bursts_(*spec.bursts),
      // No stream of an instance has this name.
      rng_(spec.seed, absl::StrCat(spec.stream, "\nbursts")),
      on_(rng_.Uniform() <
          bursts_.mean_on_s / (bursts_.mean_on_s + bursts_.mean_off_s)),
      // The rest of an exponential stay is exponential again.
      end_s_(Stay()) {}

double BurstStates::Stay() {
  return -PortableLog(1 - rng_.Uniform()) *
         (on_ ? bursts_.mean_on_s : bursts_.mean_off_s);
}

void BurstStates::Advance() {
  on_ = !on_;
  end_s_ += Stay();
}

RateSegments::RateSegments(const ArrivalSpec& spec)
    : shape_(spec.rate), end_s_(spec.duration_s) {
  if (shape_.is_constant()) shape_.every_s = 0;
  if (spec.bursts) bursts_.emplace(spec);
}

RateSegment RateSegments::ShapeLine() {
  const std::vector<RatePoint>& points = shape_.points;
  while (true) {
    // A product, not a sum: a million periods do not drift.
    const double offset_s = static_cast<double>(period_) * shape_.every_s;
    const RatePoint& from = points[point_];
    const bool is_last = point_ + 1 == points.size();
    RateSegment line;
    line.start_s = offset_s + from.at_s;
    line.start_per_s = from.per_s;
    if (!is_last) {
      const RatePoint& to = points[point_ + 1];
      line.end_s = offset_s + to.at_s;
      line.length_s = to.at_s - from.at_s;
      line.end_per_s = to.per_s;
    } else if (shape_.every_s > 0) {
      line.end_s = static_cast<double>(period_ + 1) * shape_.every_s;
      line.length_s = shape_.every_s - from.at_s;
      line.end_per_s = from.per_s;
    } else {
      line.end_s = line.length_s = kNever;
      line.end_per_s = from.per_s;
    }
    if (line.length_s > 0) return line;
    LeaveLine();
  }
}

void RateSegments::LeaveLine() {
  is_begun_ = false;
  if (++point_ < shape_.points.size()) return;
  point_ = 0;
  ++period_;
}

std::optional<RateSegment> RateSegments::Next() {
  if (!(now_s_ < end_s_)) return std::nullopt;
  while (bursts_ && bursts_->end_s() <= now_s_) bursts_->Advance();
  const RateSegment line = ShapeLine();
  const double added_per_s = bursts_ ? bursts_->per_s() : 0;
  const double limit_s = bursts_ ? std::min(end_s_, bursts_->end_s()) : end_s_;
  RateSegment segment;
  segment.start_s = now_s_;
  // A line shorter than the spacing of doubles may end before now_s_.
  segment.end_s = std::max(now_s_, std::min(line.end_s, limit_s));
  const bool ends = line.end_s <= limit_s;
  segment.start_per_s = added_per_s + (is_begun_ ? RateAt(line, segment.start_s)
                                                 : line.start_per_s);
  segment.end_per_s =
      added_per_s + (ends ? line.end_per_s : RateAt(line, segment.end_s));
  segment.length_s =
      ends && !is_begun_ ? line.length_s : segment.end_s - segment.start_s;
  now_s_ = segment.end_s;
  is_begun_ = true;
  if (ends) LeaveLine();
  return segment;
}

RateWalk::RateWalk(const ArrivalSpec& spec) : segments_(spec) {
  ended_ = !NextSegment();
}

bool RateWalk::NextSegment() {
  const std::optional<RateSegment> next = segments_.Next();
  if (!next) return false;
  segment_ = *next;
  slope_ = (segment_.end_per_s - segment_.start_per_s) / segment_.length_s;
  area_ = CallSum();
  area_.Add(AreaOf(segment_));
  return true;
}

double RateWalk::Advance(double calls) {
  if (ended_) return kNever;
  // A gap longer than any test ends the walk, capped or not.
  constexpr double kMostCalls = 0x1p60;
  done_.Add(std::min(calls, kMostCalls));
  while (done_.Reaches(area_)) {
    done_.Subtract(area_);
    if (!NextSegment()) {
      ended_ = true;
      return kNever;
    }
  }
  // Solves r0 dt + slope dt^2 / 2 = calls in the form that is stable for small
  // slopes; the root is rounded correctly everywhere.
  const double in_segment = done_.value();
  const double r0 = segment_.start_per_s;
  double after_s = 0;
  if (in_segment > 0 && slope_ == 0) {
    after_s = in_segment / r0;
  } else if (in_segment > 0) {
    after_s =
        2 * in_segment /
        (r0 + std::sqrt(std::max(r0 * r0 + 2 * slope_ * in_segment, 0.0)));
  }
  const double instant_s = std::min(segment_.start_s + after_s, segment_.end_s);
  instant_s_ = std::max(instant_s_, instant_s);
  return instant_s_;
}

RateIntegral::RateIntegral(const ArrivalSpec& spec)
    : segments_(spec), segment_(segments_.Next()) {}

double RateIntegral::Until(double until_s) {
  while (segment_ && segment_->end_s <= until_s) {
    before_.Add(AreaOf(*segment_));
    per_s_ = segment_->end_per_s;
    segment_ = segments_.Next();
  }
  if (!segment_ || until_s < segment_->start_s) return before_.value();
  per_s_ = RateAt(*segment_, until_s);
  return before_.value() +
         (segment_->start_per_s + per_s_) * 0.5 * (until_s - segment_->start_s);
}

}  // namespace invocator
