#include "coordinator/report/csv_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "coordinator/text/csv_field.h"

namespace invocator {
namespace {

constexpr char kHeader[] =
    "instance,sequence,worker,scheduled_s,sent_s,first_byte_s,done_s,"
    "lateness_us,service_us,response_us,outcome,status,bytes_sent,"
    "bytes_received,new_connection,request_id,cold,billed_ms";
// The kernel copies one to the file at a stretch, during which no engine runs.
constexpr size_t kBufferBytes = 1 << 15;
// More than any row but for the names in it.
constexpr size_t kRowBytes = 512;

// Appends numbers without the cost of a format string: a row has fourteen.
class RowWriter {
 public:
  explicit RowWriter(std::string& buffer) : buffer_(buffer) {}

  void Text(absl::string_view text) {
    buffer_.append(text.data(), text.size());
  }
  void Comma() { buffer_.push_back(','); }

  template <typename Int>
  void Integer(Int value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value);
    buffer_.append(digits, static_cast<size_t>(end.ptr - digits));
  }

  // A decimal number of `ns` in units of 10^places ns, nothing lost.
  void Decimal(int64_t ns, int places) {
    uint64_t magnitude = static_cast<uint64_t>(ns);
    if (ns < 0) {
      buffer_.push_back('-');
      magnitude = ~magnitude + 1;
    }
    uint64_t unit = 1;
    for (int i = 0; i < places; ++i) unit *= 10;
    Integer(magnitude / unit);
    char fraction[20];
    fraction[0] = '.';
    uint64_t rest = magnitude % unit;
    for (int i = places; i > 0; --i) {
      fraction[i] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    }
    buffer_.append(fraction, static_cast<size_t>(places) + 1);
  }

 private:
  std::string& buffer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<CsvWriter>> CsvWriter::Create(
    const std::string& path, const std::vector<std::string>& instances,
    Readers readers, int64_t warmup_ns) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                      readers == Readers::kOwner ? 0600 : 0666);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  return std::unique_ptr<CsvWriter>(
      new CsvWriter(path, fd, instances, warmup_ns));
}

CsvWriter::CsvWriter(std::string path, int fd,
                     const std::vector<std::string>& instances,
                     int64_t warmup_ns)
    : path_(std::move(path)), fd_(fd), warmup_ns_(warmup_ns) {
  for (const std::string& name : instances) {
    instances_.push_back(CsvField(name));
  }
  buffer_.reserve(kBufferBytes + kRowBytes);
  buffer_ = kHeader;
  buffer_ += warmup_ns_ > 0 ? ",phase\n" : "\n";
}

CsvWriter::~CsvWriter() { Close().IgnoreError(); }

void CsvWriter::Add(absl::string_view worker, const Record& record) {
  if (!status_.ok()) return;
  RowWriter row(buffer_);
  auto seconds = [&](int64_t ns) {
    row.Decimal(ns, 9);
    row.Comma();
  };
  auto micros = [&](int64_t ns) {
    row.Decimal(ns, 3);
    row.Comma();
  };
  auto integer = [&](auto value) {
    row.Integer(value);
    row.Comma();
  };
  row.Text(instances_[record.instance]);
  row.Comma();
  integer(record.sequence);
  row.Text(worker);
  row.Comma();
  seconds(record.scheduled_ns);
  seconds(record.sent_ns);
  if (record.first_byte_ns == Record::kNever) {
    row.Comma();
  } else {
    seconds(record.first_byte_ns);
  }
  seconds(record.done_ns);
  micros(record.LatenessNs());
  micros(record.ServiceNs());
  micros(record.ResponseNs());
  row.Text(OutcomeName(record.outcome));
  row.Comma();
  integer(record.status);
  integer(record.bytes_sent);
  integer(record.bytes_received);
  integer(record.new_connection ? 1 : 0);
  const absl::string_view id = record.request_id.view();
  if (IsPlainCsvField(id)) {
    row.Text(id);
  } else if (!id.empty()) {
    row.Text(ForeignCsvField(id));
  }
  row.Comma();
  if (record.warmth != Warmth::kUnknown) {
    row.Text(record.warmth == Warmth::kCold ? "true" : "false");
  }
  row.Comma();
  if (record.billed_ms != Record::kUnknown) row.Integer(record.billed_ms);
  if (warmup_ns_ > 0) {
    row.Text(record.scheduled_ns < warmup_ns_ ? ",warmup" : ",measured");
  }
  row.Text("\n");
  if (buffer_.size() >= kBufferBytes) WriteOut();
}

void CsvWriter::WriteOut() {
  size_t written = 0;
  while (status_.ok() && written < buffer_.size()) {
    const ssize_t n =
        write(fd_, buffer_.data() + written, buffer_.size() - written);
    if (n >= 0) {
      written += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      status_ = absl::ErrnoToStatus(errno, path_);
    }
  }
  buffer_.clear();
}

absl::Status CsvWriter::Close() {
  if (fd_ < 0) return status_;
  WriteOut();
  if (close(std::exchange(fd_, -1)) != 0 && status_.ok()) {
    status_ = absl::ErrnoToStatus(errno, path_);
  }
  return status_;
}

}  // namespace invocator
