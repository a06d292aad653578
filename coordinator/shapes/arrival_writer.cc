#include "coordinator/shapes/arrival_writer.h"

#include "absl/strings/str_cat.h"
#include "common/arrivals/instant_tape.h"
#include "coordinator/shapes/arrival_keys.h"
#include "coordinator/text/file_names.h"
#include "coordinator/text/text_file.h"

namespace invocator {
namespace {

// Text is appended in pieces of this size.
constexpr size_t kPieceBytes = size_t{1} << 20;

Json RateJson(const RateShape& rate) {
  if (rate.is_constant()) return rate.first_per_s();
  Json points = Json::array();
  for (const RatePoint& point : rate.points) {
    points.push_back({point.at_s, point.per_s});
  }
  if (rate.every_s == 0) return points;
  return {{"points", std::move(points)}, {"every_in_seconds", rate.every_s}};
}

Json DistributionJson(const ArrivalSpec& spec) {
  const auto kind = static_cast<size_t>(spec.kind);
  constexpr auto kFirstLaw = static_cast<size_t>(ArrivalKind::kGamma);
  if (kind < kFirstLaw) return std::string(kDistributions[kind]);
  const char* parameter = spec.kind == ArrivalKind::kPareto ? "alpha" : "cv";
  return {{std::string(kGapLaws[kind - kFirstLaw]),
           {{parameter, spec.law.parameter}}}};
}

Json FileJson(const ArrivalSpec& spec, const std::string& file) {
  if (spec.kind == ArrivalKind::kTimestamps) {
    return {{"timestamps", file},
            {"column", "ns"},
            {"unit", "ns"},
            {"start_in_seconds", 0}};
  }
  return {{"counts", file},
          {"column", "count"},
          {"bin_in_seconds", spec.counts.bin_s},
          {"within_bin", std::string(kWithinBin[spec.counts.even ? 1 : 0])},
          {"speed", spec.counts.speed},
          {"thin", spec.counts.thin}};
}

// Collects text and appends it to a file in pieces.
class FileAppender {
 public:
  FileAppender(std::string path, absl::string_view header)
      : path_(std::move(path)),
        status_(WriteTextFile(path_, header, Readers::kOwner)) {}

  void Line(int64_t number) {
    absl::StrAppend(&piece_, number, "\n");
    if (piece_.size() >= kPieceBytes) Flush();
  }
  absl::Status Finish() {
    Flush();
    return status_;
  }

 private:
  void Flush() {
    if (status_.ok()) {
      status_ = AppendTextFile(path_, piece_, Readers::kOwner);
    }
    piece_.clear();
  }

  std::string path_;
  absl::Status status_;
  std::string piece_;
};

}  // namespace

std::vector<std::string> ArrivalFileNames(
    const std::vector<const ArrivalSpec*>& specs) {
  std::vector<std::string> files;
  FileNames names;
  for (const ArrivalSpec* spec : specs) {
    std::string& file = files.emplace_back();
    if (HasRate(spec->kind) || spec->kind == ArrivalKind::kList) continue;
    file =
        absl::StrCat("arrivals/", names.Next(FileWord(spec->stream), ".csv"));
  }
  return files;
}

void PutArrivals(const ArrivalSpec& spec, const std::string& file,
                 Json& entry) {
  if (spec.kind == ArrivalKind::kList) {
    entry["interarrivals_list"] = spec.gaps_s;
  } else if (HasRate(spec.kind)) {
    entry["distribution"] = DistributionJson(spec);
    entry["rate"] = RateJson(spec.rate);
  } else {
    entry["arrivals"] = FileJson(spec, file);
  }
  if (spec.bursts) {
    entry["bursts"] = {{"rate", spec.bursts->per_s},
                       {"mean_on_in_seconds", spec.bursts->mean_on_s},
                       {"mean_off_in_seconds", spec.bursts->mean_off_s}};
  }
  if (!spec.spikes.empty()) {
    Json& spikes = entry["spikes"] = Json::array();
    for (const Spike& spike : spec.spikes) {
      spikes.push_back({spike.at_s, spike.calls});
    }
  }
  if (spec.kind != ArrivalKind::kList) {
    entry["activity_window"] = {spec.window_start_s, spec.window_end_s};
  }
}

absl::Status WriteArrivalFile(const ArrivalSpec& spec,
                              const std::string& folder,
                              const std::string& file) {
  const std::string path = absl::StrCat(folder, "/", file);
  if (spec.kind == ArrivalKind::kCounts) {
    FileAppender out(path, "count\n");
    for (const uint32_t count : spec.counts.counts) out.Line(count);
    return out.Finish();
  }
  FileAppender out(path, "ns\n");
  TapeReader reader(spec.tape);
  while (const std::optional<int64_t> instant_ns = reader.Next()) {
    out.Line(*instant_ns);
  }
  return out.Finish();
}

}  // namespace invocator
