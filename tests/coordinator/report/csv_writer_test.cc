#include "coordinator/report/csv_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/text/csv_field.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temp_dir.h"

namespace invocator {
namespace {

constexpr char kHeader[] =
    "instance,sequence,worker,scheduled_s,sent_s,first_byte_s,done_s,"
    "lateness_us,service_us,response_us,outcome,status,bytes_sent,"
    "bytes_received,new_connection,request_id,cold,billed_ms\n";

Record SampleRecord() {
  Record record;
  record.sequence = 12;
  record.scheduled_ns = 1'000'000'001;
  record.sent_ns = 1'000'025'501;
  record.first_byte_ns = 1'020'025'501;
  record.done_ns = 1'020'525'600;
  record.status = 200;
  record.bytes_sent = 345;
  record.bytes_received = 6'789;
  record.new_connection = true;
  record.request_id.Set("9f8e-1");
  return record;
}

class CsvWriterTest : public testing::Test {
 protected:
  std::unique_ptr<CsvWriter> Create(std::vector<std::string> instances) {
    auto writer = CsvWriter::Create(path_, instances);
    EXPECT_TRUE(writer.ok()) << writer.status();
    return *std::move(writer);
  }
  // The rows of one record, without the header.
  std::string RowOf(const Record& record, std::string instance = "f",
                    absl::string_view worker = "local") {
    auto writer = Create({std::move(instance)});
    writer->Add(worker, record);
    EXPECT_TRUE(writer->Close().ok());
    return Text().substr(sizeof(kHeader) - 1);
  }
  std::string Text() const {
    std::ifstream file(path_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  TempDir folder_;
  const std::string path_ = folder_.Path("invocations.csv");
};

TEST_F(CsvWriterTest, WithoutRecordsThereIsAHeader) {
  EXPECT_TRUE(Create({"f"})->Close().ok());
  EXPECT_EQ(Text(), kHeader);
}

TEST_F(CsvWriterTest, ARowHoldsEveryFieldToTheNanosecond) {
  EXPECT_EQ(RowOf(SampleRecord()),
            "f,12,local,1.000000001,1.000025501,1.020025501,1.020525600,"
            "25.500,20500.099,20525.599,ok,200,345,6789,1,9f8e-1,,\n");
}

TEST_F(CsvWriterTest, WhatNeverCameIsEmpty) {
  Record record = SampleRecord();
  record.first_byte_ns = Record::kNever;
  record.outcome = Outcome::kConnectError;
  record.status = 0;
  record.bytes_received = 0;
  record.new_connection = false;
  record.request_id.Clear();
  EXPECT_EQ(RowOf(record),
            "f,12,local,1.000000001,1.000025501,,1.020525600,"
            "25.500,20500.099,20525.599,connect_error,0,345,0,0,,,\n");
}

TEST_F(CsvWriterTest, ColdStartsAndBillsAreToldWhereTheyAreKnown) {
  Record record = SampleRecord();
  record.warmth = Warmth::kCold;
  record.billed_ms = 16;
  EXPECT_THAT(RowOf(record), testing::EndsWith(",9f8e-1,true,16\n"));
}

TEST_F(CsvWriterTest, TheWarmUpEndsBeforeTheCallThatIsScheduledAtItsEnd) {
  auto writer = *CsvWriter::Create(path_, {"f"}, Readers::kUmask,
                                   /*warmup_ns=*/1'000'000'001);
  Record record = SampleRecord();
  writer->Add("local", record);
  --record.scheduled_ns;  // the call is still sent after the warm-up's end
  writer->Add("local", record);
  EXPECT_TRUE(writer->Close().ok());
  EXPECT_THAT(Text(),
              testing::MatchesRegex(
                  "[^\n]*,billed_ms,phase\n[^\n]*,measured\n[^\n]*,warmup\n"));
}

TEST_F(CsvWriterTest, AWarmOneMayBeBilledNothing) {
  Record record = SampleRecord();
  record.warmth = Warmth::kWarm;
  record.billed_ms = 0;
  EXPECT_THAT(RowOf(record), testing::EndsWith(",9f8e-1,false,0\n"));
}

TEST_F(CsvWriterTest, SmallAndNegativeNumbersKeepTheirZeros) {
  Record record = SampleRecord();
  record.scheduled_ns = 5;
  record.sent_ns = 4;
  record.first_byte_ns = 4;
  record.done_ns = 1'004;
  EXPECT_EQ(RowOf(record),
            "f,12,local,0.000000005,0.000000004,0.000000004,0.000001004,"
            "-0.001,1.000,0.999,ok,200,345,6789,1,9f8e-1,,\n");
}

TEST_F(CsvWriterTest, TheLargestRowIsWhole) {
  Record record = SampleRecord();
  record.sequence = record.bytes_sent = record.bytes_received = UINT64_MAX;
  record.scheduled_ns = -(int64_t{1} << 60);
  record.sent_ns = record.first_byte_ns = record.done_ns = int64_t{1} << 61;
  record.request_id.Set(std::string(40, '"'));
  record.warmth = Warmth::kWarm;
  record.billed_ms = static_cast<int64_t>(kMaxBilledMs);
  const std::string row = RowOf(record);
  const std::string start =
      "f,18446744073709551615,local,-1152921504.606846976,"
      "2305843009.213693952,2305843009.213693952,2305843009.213693952,"
      "3458764513820540.928,0.000,3458764513820540.928,ok,200,"
      "18446744073709551615,18446744073709551615,1,";
  EXPECT_EQ(row.substr(0, start.size()), start);
  EXPECT_THAT(row, testing::EndsWith(",\"" + std::string(80, '"') +
                                     "\",false,3600000\n"));
}

TEST_F(CsvWriterTest, NamesAreQuotedWhereRfc4180AsksForIt) {
  Record record = SampleRecord();
  record.request_id.Set("a,b");
  const std::string row = RowOf(record, "say \"hi\", f");
  EXPECT_EQ(row.substr(0, 24), "\"say \"\"hi\"\", f\",12,local");
  EXPECT_THAT(row, testing::EndsWith(",1,\"a,b\",,\n"));
}

TEST(CsvFieldTest, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(CsvField("plain text;"), "plain text;");
  EXPECT_EQ(CsvField(""), "");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(CsvField("a\nb"), "\"a\nb\"");
  EXPECT_EQ(CsvField("a\rb"), "\"a\rb\"");
}

TEST_F(CsvWriterTest, ManyRowsAreAllThere) {
  auto writer = Create({"f"});
  Record record = SampleRecord();
  constexpr uint64_t kRows = 20'000;  // several buffers
  for (record.sequence = 0; record.sequence < kRows; ++record.sequence) {
    writer->Add("local", record);
  }
  ASSERT_TRUE(writer->Close().ok());
  std::ifstream file(path_);
  std::string line;
  std::getline(file, line);
  uint64_t rows = 0;
  while (std::getline(file, line)) {
    ASSERT_EQ(line.substr(0, line.find(',', 2)), "f," + std::to_string(rows));
    ++rows;
  }
  EXPECT_EQ(rows, kRows);
}

TEST_F(CsvWriterTest, TheDestructorWritesWhatIsBuffered) {
  Create({"f"})->Add("local", SampleRecord());
  EXPECT_EQ(Text().substr(sizeof(kHeader) - 1, 5), "f,12,");
}

TEST_F(CsvWriterTest, AnExistingFileIsLeftAlone) {
  folder_.Write("invocations.csv", "precious");
  const auto writer = CsvWriter::Create(path_, {"f"});
  EXPECT_EQ(writer.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Text(), "precious");
}

TEST_F(CsvWriterTest, AFolderThatIsNotThereIsNamed) {
  const auto writer = CsvWriter::Create(folder_.Path("no/x.csv"), {});
  EXPECT_EQ(writer.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(writer.status().message().find("no/x.csv"),
            absl::string_view::npos);
}

TEST_F(CsvWriterTest, AFullDiskIsAnErrorThatStays) {
  const FileSizeLimit small(300'000);
  auto writer = Create({"f"});
  const Record record = SampleRecord();
  for (int i = 0; i < 10'000; ++i) writer->Add("local", record);
  const absl::Status status = writer->status();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find(path_), absl::string_view::npos) << status;
  EXPECT_EQ(writer->Close(), status);
  EXPECT_EQ(writer->Close(), status);
  EXPECT_EQ(Text().size(), 300'000u);
}

TEST_F(CsvWriterTest, ADiskThatIsFullAtTheEndIsNoticedByClose) {
  const FileSizeLimit small(100);
  auto writer = Create({"f"});
  writer->Add("local", SampleRecord());
  EXPECT_TRUE(writer->status().ok());
  EXPECT_FALSE(writer->Close().ok());
}

TEST_F(CsvWriterTest, WhatATargetSaysIsCleanBeforeItIsAField) {
  Record record = SampleRecord();
  record.request_id.Set("gr\xfc\x1b[2J\nx,\"y\"");
  EXPECT_THAT(RowOf(record),
              testing::HasSubstr(",1,\"gr\uFFFD\uFFFD[2J x,\"\"y\"\"\",,\n"));
}

TEST(CsvFieldTest, NamesStayAsTheyAre) {
  for (const char* name : {"", "a b", "=1+1", "-x", "'", "gr\u00fcn"}) {
    EXPECT_EQ(CsvField(name), name);
  }
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(CsvField("a\nb\r"), "\"a\nb\r\"");
}

TEST(CsvFieldTest, IdsOfTargetsStayAsTheyAre) {
  for (const char* id :
       {"", "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "JKJaXmPLvHcESHA=",
        "abc+DEF/_-==", "Root=1-5e1b4151-5ac6c58f", "a b", "1+1"}) {
    EXPECT_EQ(ForeignCsvField(id), id);
  }
}

TEST(CsvFieldTest, WhatASpreadsheetWouldTakeForAFormulaIsMarked) {
  for (const char* formula :
       {"=1+1", "=", "==", "@SUM(A1)", "+1*1", "-1*1", "-1+1",
        "-abc_DEF=", "+abc/DEF==", "-cmd|' /C calc'!A0", "=HYPERLINK(A1)",
        "\uFF1D1", "\uFF0B1*", "\uFF0D1", "\uFF201", " =1+1"}) {
    EXPECT_EQ(ForeignCsvField(formula), std::string("'") + formula);
  }
  EXPECT_EQ(ForeignCsvField("\t=1"), "' =1");
  EXPECT_EQ(ForeignCsvField("=1,\"2\""), "\"'=1,\"\"2\"\"\"");
}

TEST(CsvFieldTest, PlainFieldsAreThoseThatNothingChanges) {
  for (const char* text : {"a", "Z9-_/+", "9"}) {
    EXPECT_TRUE(IsPlainCsvField(text)) << text;
    EXPECT_EQ(ForeignCsvField(text), text);
  }
  for (const char* text : {"", "=a", "-a", "+a", "_a", "/a", "a=", "a b", "a,",
                           "a\"", "a\n", "\u00fc", "a\xff", "@"}) {
    EXPECT_FALSE(IsPlainCsvField(text)) << text;
  }
}

}  // namespace
}  // namespace invocator
