// The coordinator's part of a record's way: decoded and written to the CSV
// once, and counted in the progress that every worker sends once a second.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/arrivals/rng.h"
#include "common/plan/plan.h"
#include "common/result/histogram.h"
#include "common/wire/histogram_codec.h"
#include "common/wire/protocol.h"
#include "common/wire/record_codec.h"
#include "coordinator/books/census.h"
#include "coordinator/books/merge.h"
#include "coordinator/books/row_ledger.h"
#include "coordinator/report/csv_writer.h"
#include "proto/fleet.pb.h"
#include "tests/bench/records.h"
#include "tests/support/deltas.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

wire::RecordBatch Batch(int records) {
  StreamRng rng(1, "records");
  wire::RecordBatch batch;
  RecordEncoder encoder(batch);
  for (int i = 0; i < records; ++i) {
    encoder.Add(RecordAt(static_cast<uint64_t>(i), rng));
  }
  return batch;
}

void SetRecordsProcessed(benchmark::State& state, int64_t records) {
  state.SetItemsProcessed(state.iterations() * records);
}

void BM_DecodeRecords(benchmark::State& state) {
  const wire::RecordBatch batch = Batch(static_cast<int>(state.range(0)));
  int64_t sum_ns = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(DecodeRecords(batch, 1, [&](const Record& record) {
                               sum_ns += record.done_ns;
                             }).ok());
  }
  benchmark::DoNotOptimize(sum_ns);
  SetRecordsProcessed(state, state.range(0));
}
BENCHMARK(BM_DecodeRecords)->Arg(10)->Arg(kRecordsPerBatch);

void BM_ParseRecords(benchmark::State& state) {
  const std::string bytes =
      Batch(static_cast<int>(state.range(0))).SerializeAsString();
  for (auto _ : state) {
    wire::RecordBatch batch;
    benchmark::DoNotOptimize(batch.ParseFromString(bytes));
  }
  SetRecordsProcessed(state, state.range(0));
}
BENCHMARK(BM_ParseRecords)->Arg(10)->Arg(kRecordsPerBatch);

// From the columns to a file of the page cache.
void BM_RecordsToCsv(benchmark::State& state) {
  constexpr int kBatches = 32;
  const wire::RecordBatch batch = Batch(kRecordsPerBatch);
  const TempDir folder;
  const std::string path = absl::StrCat(folder.path(), "/invocations.csv");
  for (auto _ : state) {
    auto csv = CsvWriter::Create(path, {"instance1"});
    for (int i = 0; i < kBatches && csv.ok(); ++i) {
      benchmark::DoNotOptimize(
          DecodeRecords(batch, 1, [&](const Record& record) {
            (*csv)->Add("worker1", record);
          }).ok());
    }
    if (!csv.ok() || !(*csv)->Close().ok()) {
      state.SkipWithError("the CSV could not be written");
      break;
    }
    unlink(path.c_str());
  }
  SetRecordsProcessed(state, int64_t{kBatches} * kRecordsPerBatch);
}
BENCHMARK(BM_RecordsToCsv);

// What the ledger of rows adds to that.
void BM_TakeRows(benchmark::State& state) {
  InstancePlan instance;
  instance.name = "instance1";
  instance.arrivals.kind = ArrivalKind::kUniform;
  instance.arrivals.stream = instance.name;
  instance.arrivals.rate = 1'000;
  instance.arrivals.duration_s = instance.arrivals.window_end_s = 3'600;
  Plan plan;
  plan.duration_s = 3'600;
  plan.instances.push_back(instance);
  const Census census = TakeCensus(plan, {{{0, 0, 1}}});
  std::vector<Record> records;
  DecodeRecords(Batch(kRecordsPerBatch), 1, [&](const Record& record) {
    records.push_back(record);
    records.back().scheduled_ns += census.instances[0].first_ns;
  }).IgnoreError();
  std::optional<RowLedger> ledger;
  const auto open = [&] {
    ledger.emplace(plan, census, /*record_ratio=*/1, /*workers=*/1);
    ledger->SetPieces(0, {{{{0, 0, 1}}}});
    return uint64_t{0};
  };
  uint64_t first = open();
  for (auto _ : state) {
    if (first + kRecordsPerBatch > census.instances[0].count) {
      state.PauseTiming();
      first = open();
      state.ResumeTiming();
    }
    for (size_t i = 0; i < records.size(); ++i) {
      records[i].sequence = first + i;
      benchmark::DoNotOptimize(ledger->Take(0, records[i]));
    }
    first += records.size();
  }
  SetRecordsProcessed(state, kRecordsPerBatch);
}
BENCHMARK(BM_TakeRows);

// One worker's progress: `records` invocations, divided among the instances.
wire::Progress ReportOf(int64_t instances, int64_t records) {
  StreamRng rng(1, "progress");
  wire::Progress progress;
  uint64_t sequence = 0;
  for (int64_t i = 0; i < instances; ++i) {
    Histogram lateness, service, response;
    wire::InstanceDelta& delta = *progress.add_instances();
    for (int64_t n = 0; n < records / instances; ++n) {
      const Record record = RecordAt(sequence++, rng);
      lateness.Add(record.LatenessNs());
      service.Add(record.ServiceNs());
      response.Add(record.ResponseNs());
    }
    delta.set_instance(static_cast<uint32_t>(i));
    wire::BinDelta& bin = *delta.add_bins();
    bin.set_sent(lateness.count());
    for (size_t outcome = 0; outcome < kOutcomes; ++outcome) {
      bin.add_outcomes(outcome == 0 ? lateness.count() : 0);
    }
    *bin.mutable_lateness() = ToWire(lateness);
    *bin.mutable_service() = ToWire(service);
    *bin.mutable_response() = ToWire(response);
  }
  return progress;
}

// Arguments: instances, invocations of all of them. An item is an invocation.
void BM_MergeProgress(benchmark::State& state) {
  const wire::Progress progress = ReportOf(state.range(0), state.range(1));
  Merger merger(PlainScope(std::vector<uint64_t>(
                    static_cast<size_t>(state.range(0)), UINT64_MAX >> 1)),
                /*workers=*/1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(merger.Add(0, progress).ok());
  }
  SetRecordsProcessed(state, state.range(1));
}
BENCHMARK(BM_MergeProgress)
    ->Args({1, 100})
    ->Args({1, 10'000})
    ->Args({100, 1'000})
    ->Args({100, 10'000});

}  // namespace
}  // namespace invocator
