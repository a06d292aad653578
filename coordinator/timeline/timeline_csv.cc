#include "coordinator/timeline/timeline_csv.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/result/outcome.h"
#include "coordinator/text/csv_field.h"
#include "coordinator/timeline/bin_table.h"

namespace invocator {
namespace {

void AddUs(int64_t ns, std::string& csv) {
  absl::StrAppendFormat(&csv, ",%d.%03d", ns / 1'000, ns % 1'000);
}

void AddQuantile(const Histogram& histogram, double ratio, std::string& csv) {
  if (histogram.count() == 0) {
    csv += ',';
  } else {
    AddUs(histogram.QuantileNs(ratio), csv);
  }
}

void AddMax(const Histogram& histogram, std::string& csv) {
  if (histogram.count() == 0) {
    csv += ',';
  } else {
    AddUs(histogram.max_ns(), csv);
  }
}

void AddStart(const Timeline& timeline, uint32_t bin, std::string& csv) {
  absl::StrAppend(&csv, BinSecondsText(timeline.bins().StartS(bin)), ",",
                  BinSecondsText(timeline.bins().width_s()), ",");
}

// Histograms of a row; empty ones give empty cells.
struct RowLatencies {
  Histogram response;
  Histogram lateness;
  Histogram service;
  Histogram first_byte;
};

void AddRow(const std::string& instance, const BinCounts& counts,
            uint64_t in_flight, const RowLatencies& latencies,
            std::string& csv) {
  absl::StrAppend(&csv, instance, ",", counts.planned, ",", counts.sent, ",",
                  counts.Completed(), ",", counts.dropped, ",",
                  counts.Of(Outcome::kOk), ",", counts.Failed(), ",",
                  counts.cold, ",", in_flight);
  AddQuantile(latencies.response, 0.5, csv);
  AddQuantile(latencies.response, 0.9, csv);
  AddQuantile(latencies.response, 0.99, csv);
  AddMax(latencies.response, csv);
  AddQuantile(latencies.lateness, 0.99, csv);
  AddMax(latencies.lateness, csv);
  AddQuantile(latencies.service, 0.5, csv);
  AddQuantile(latencies.service, 0.99, csv);
  AddQuantile(latencies.first_byte, 0.5, csv);
  AddQuantile(latencies.first_byte, 0.99, csv);
  for (size_t i = 1; i < kOutcomes; ++i) {
    absl::StrAppend(&csv, ",", counts.outcomes[i]);
  }
  csv += '\n';
}

std::string Header() {
  std::string header =
      "start_s,width_s,instance,planned,sent,completed,dropped,ok,failed,cold,"
      "in_flight,response_p50_us,response_p90_us,response_p99_us,"
      "response_max_us,lateness_p99_us,lateness_max_us,service_p50_us,"
      "service_p99_us,first_byte_p50_us,first_byte_p99_us";
  // One column per failure.
  for (size_t i = 1; i < kOutcomes; ++i) {
    absl::StrAppend(&header, ",", OutcomeName(static_cast<Outcome>(i)));
  }
  return header + "\n";
}

}  // namespace

std::string TimelineCsv(const Timeline& timeline,
                        const std::vector<std::string>& lane_names) {
  static_assert(static_cast<size_t>(Outcome::kOk) == 0);
  std::vector<std::string> fields;
  fields.reserve(lane_names.size());
  for (const std::string& name : lane_names) fields.push_back(CsvField(name));
  std::string csv = Header();
  InFlight whole_in_flight;
  std::vector<InFlight> in_flight(fields.size());
  for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
    const BinCounts whole = timeline.Counts(bin);
    AddStart(timeline, bin, csv);
    AddRow("", whole, whole_in_flight.After(whole),
           {timeline.Response(bin), timeline.Lateness(bin),
            timeline.Service(bin), timeline.FirstByte(bin)},
           csv);
    for (size_t lane = 0; lane < fields.size(); ++lane) {
      const BinCounts counts = timeline.Counts(lane, bin);
      AddStart(timeline, bin, csv);
      AddRow(fields[lane], counts, in_flight[lane].After(counts),
             {timeline.Response(lane, bin), {}, {}, {}}, csv);
    }
  }
  return csv;
}

std::string WorkersCsv(const Timeline& timeline,
                       const std::vector<std::string>& worker_names) {
  std::string csv =
      "start_s,width_s,worker,sent,lateness_p99_us,lateness_max_us\n";
  std::vector<std::string> fields;
  for (size_t i = 0; i < timeline.worker_lanes(); ++i) {
    fields.push_back(i < Timeline::kMostWorkers ? CsvField(worker_names[i])
                                                : "(others)");
  }
  for (uint32_t bin = 0; bin < timeline.rows(); ++bin) {
    for (size_t worker = 0; worker < fields.size(); ++worker) {
      AddStart(timeline, bin, csv);
      absl::StrAppend(&csv, fields[worker], ",",
                      timeline.WorkerSent(worker, bin));
      const Histogram lateness = timeline.WorkerLateness(worker, bin);
      AddQuantile(lateness, 0.99, csv);
      AddMax(lateness, csv);
      csv += '\n';
    }
  }
  return csv;
}

}  // namespace invocator
