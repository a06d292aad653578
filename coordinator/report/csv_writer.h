// Writes invocations.csv, one row per record, in the order of arrival. Column
// names end in their units; the README defines the terms. The file is valid
// UTF-8 whatever targets send; coordinator/text/csv_field.h formats names and
// ids.
//
// Thread-compatible. Keeps the first error and discards later rows, since a
// full disk must not end a run.
#ifndef INVOCATOR_COORDINATOR_REPORT_CSV_WRITER_H_
#define INVOCATOR_COORDINATOR_REPORT_CSV_WRITER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/result/record.h"
#include "coordinator/text/text_file.h"

namespace invocator {

class CsvWriter {
 public:
  // Creates `path`. `instances`: names in the order of the plan. `warmup_ns`:
  // end of the warm-up; 0: none, and no column `phase`.
  static absl::StatusOr<std::unique_ptr<CsvWriter>> Create(
      const std::string& path, const std::vector<std::string>& instances,
      Readers readers = Readers::kUmask, int64_t warmup_ns = 0);
  ~CsvWriter();
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;

  void Add(absl::string_view worker, const Record& record);

  // Flushes the buffer and closes the file. Returns the first error of all
  // writes.
  absl::Status Close();

  const absl::Status& status() const { return status_; }

 private:
  CsvWriter(std::string path, int fd, const std::vector<std::string>& instances,
            int64_t warmup_ns);

  void WriteOut();

  const std::string path_;
  int fd_;
  const int64_t warmup_ns_;
  std::vector<std::string> instances_;  // quoted as needed
  std::string buffer_;
  absl::Status status_;
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_REPORT_CSV_WRITER_H_
