#include "coordinator/api/aws_function_invocator.h"

#include <curl/curl.h>

#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/base/exit_code.h"
#include "common/base/scheduling.h"
#include "common/process/last_words.h"
#include "common/process/machine_limits.h"
#include "common/process/output.h"
#include "common/process/run_host.h"
#include "common/process/say.h"
#include "common/process/signals_held.h"
#include "coordinator/api/invocation.h"
#include "coordinator/api/invoke_options.h"
#include "coordinator/api/summary_structs.h"
#include "coordinator/report/summary.h"
#include "coordinator/run/run_command.h"
#include "coordinator/run/run_followers.h"

namespace invocator {
inline namespace v1 {

struct AwsFunctionInvocator::Source {
  std::string path;
  std::optional<std::string> json;
};

// Collects the run's output. Callbacks are called on the run's thread only,
// since no other thread may wait for them: lines from other threads are
// delivered at the run's next message or progress.
struct __attribute__((visibility("hidden"))) Run::State final : Output {
  // ---- for any thread
  void OnMessage(absl::string_view lines) override { Take(lines, ""); }
  void OnError(absl::string_view lines) override { Take(lines, kErrorPrefix); }
  // ---- for the run's thread
  absl::Status OnText(absl::string_view text) override {
    report.text += std::string(text);
    return absl::OkStatus();
  }
  void PlayOrFail();

  std::string path;  // of the workload, or the folder of `json`
  std::optional<std::string> json;
  InvokeOptions options;
  std::thread thread;
  std::atomic<int> interrupts = 0;

  std::mutex mutex;
  std::condition_variable ended;
  bool has_ended = false;
  std::function<void(const Progress&)> follower;
  // Written by the run's thread until has_ended; `mutex` guards messages and
  // error.
  Report report;

 private:
  static constexpr absl::string_view kErrorPrefix = "invocator: ";

  // `prefix`: removed from error lines; empty: the lines are no errors.
  void Take(absl::string_view lines, absl::string_view prefix);
  // Passes the lines not delivered yet to on_message.
  void DeliverMessages();
  // Calls the user's function. If it throws, the run ends and no callback is
  // called any more.
  template <typename Function, typename... Values>
  void Call(const Function& function, const Values&... values);
  void Follow(const Progress& progress);
  int Play();
  void End(int exit_code);

  std::thread::id run_thread;
  size_t delivered = 0;  // messages; of the run's thread
  std::string thrown;    // by a callback; of the run's thread
};

void Run::State::Take(absl::string_view lines, absl::string_view prefix) {
  {
    const std::lock_guard lock(mutex);
    for (const absl::string_view line :
         absl::StrSplit(absl::StripSuffix(lines, "\n"), '\n')) {
      report.messages.emplace_back(line);
      if (prefix.empty()) continue;
      if (!report.error.empty()) report.error += '\n';
      report.error += std::string(absl::StripPrefix(line, prefix));
    }
  }
  if (std::this_thread::get_id() == run_thread) DeliverMessages();
}

void Run::State::DeliverMessages() {
  if (!options.on_message) return;
  while (true) {
    std::string line;
    {
      const std::lock_guard lock(mutex);
      if (delivered == report.messages.size()) return;
      line = report.messages[delivered++];
    }
    Call(options.on_message, line);
  }
}

template <typename Function, typename... Values>
void Run::State::Call(const Function& function, const Values&... values) {
  if (!function || !thrown.empty()) return;
  try {
    function(values...);
    return;
  } catch (const std::exception& error) {
    thrown = absl::StrCat("a callback threw: ", error.what());
  } catch (...) {
    thrown = "a callback threw something that is no std::exception";
  }
  interrupts += 2;
}

void Run::State::Follow(const Progress& progress) {
  DeliverMessages();
  std::function<void(const Progress&)> call;
  {
    const std::lock_guard lock(mutex);
    call = follower;
  }
  Call(call, progress);
}

void Run::State::PlayOrFail() {
  run_thread = std::this_thread::get_id();
  const OutputScope scope(*this);
  int exit_code = kExitNotCarriedOut;
  try {
    exit_code = Play();
  } catch (const std::bad_alloc&) {
    SayError("out of memory (ulimit -v, or the machine's)");
  } catch (const std::system_error& error) {
    SayError(NoThread(error));
  } catch (const std::exception& error) {
    SayError(error.what());
  }
  DeliverMessages();
  if (!thrown.empty()) {
    exit_code = kExitNotCarriedOut;
    SayError(thrown);
  }
  End(exit_code);
}

int Run::State::Play() {
  if (path == "-" && !json) {
    SayError("-: expected a file, the library does not read standard input");
    return kExitBadUsage;
  }
  absl::StatusOr<RunOptions> run_options = RunOptionsOf(options);
  if (!run_options.ok()) {
    SayError(run_options.status().message());
    return kExitBadUsage;
  }
  run_options->workload = path;
  run_options->workload_text = json;
  RunHost host;
  host.interrupts = [this] { return interrupts.load(); };
  host.file_limit = FilesLeft();
  RunFollowers followers;
  followers.are_at_stderr = false;
  followers.on_progress = [this](const Json& object) {
    Follow(ReadProgress(object));
  };
  if (options.on_invocation) {
    followers.on_record = [this](const std::string& worker,
                                 const std::string& instance,
                                 const Record& record) {
      Call(options.on_invocation, InvocationOf(worker, instance, record));
    };
  }
  followers.on_report = [this](const RunReport& run_report) {
    report.summary = ReadSummary(SummaryTree(run_report));
    report.summary_json = SummaryJson(run_report);
    report.folder = run_report.folder;
  };
  return RunWorkload(*run_options, host, followers);
}

// Why a started run was not carried out, if no error was reported.
std::string ReasonOf(const Summary& summary) {
  std::vector<std::string> reasons = summary.losses;
  if (!summary.stopped.empty()) reasons.push_back(summary.stopped);
  reasons.insert(reasons.end(), summary.book_errors.begin(),
                 summary.book_errors.end());
  return absl::StrJoin(reasons, "\n");
}

void Run::State::End(int exit_code) {
  const std::lock_guard lock(mutex);
  report.exit_code = exit_code;
  if (exit_code == kExitNotCarriedOut && report.error.empty() &&
      report.summary) {
    report.error = ReasonOf(*report.summary);
  }
  has_ended = true;
  ended.notify_all();
}

namespace {

// The output of threads that belong to no run.
class Nowhere final : public Output {
 public:
  void OnMessage(absl::string_view) override {}
  absl::Status OnText(absl::string_view) override { return absl::OkStatus(); }
};

void SetUpLibrary() {
  SetProcessOutput(*new Nowhere());
  // Before libcurl 7.84 not safe to call from two threads at once. libcurl
  // counts these calls, so the host program may make its own.
  curl_global_init(CURL_GLOBAL_ALL);
}

}  // namespace

Run::Run(std::shared_ptr<State> state) : state_(std::move(state)) {}

Run::Run(Run&&) noexcept = default;

Run& Run::operator=(Run&& other) noexcept {
  Run ended(std::move(*this));
  state_ = std::move(other.state_);
  return *this;
}

Run::~Run() {
  if (state_ == nullptr || !state_->thread.joinable()) return;
  if (!IsDone()) state_->interrupts += 2;
  if (state_->thread.get_id() == std::this_thread::get_id()) {
    state_->thread.detach();
  } else {
    state_->thread.join();
  }
}

const Report& Run::Wait() & {
  std::unique_lock lock(state_->mutex);
  state_->ended.wait(lock, [this] { return state_->has_ended; });
  return state_->report;
}

Report Run::Wait() && { return static_cast<Run&>(*this).Wait(); }

bool Run::IsDone() const {
  const std::lock_guard lock(state_->mutex);
  return state_->has_ended;
}

void Run::Cancel() { ++state_->interrupts; }

void Run::OnProgress(std::function<void(const Progress&)> follower) {
  // The previous function is destroyed after the lock is released.
  const std::lock_guard lock(state_->mutex);
  std::swap(state_->follower, follower);
}

AwsFunctionInvocator::AwsFunctionInvocator(std::string workload_path)
    : source_(std::make_shared<Source>(
          Source{std::move(workload_path), std::nullopt})) {}

AwsFunctionInvocator::AwsFunctionInvocator(std::shared_ptr<const Source> source)
    : source_(std::move(source)) {}

AwsFunctionInvocator AwsFunctionInvocator::FromJson(std::string json,
                                                    std::string folder) {
  return AwsFunctionInvocator(
      std::make_shared<Source>(Source{std::move(folder), std::move(json)}));
}

Run AwsFunctionInvocator::InvokeAll(InvokeOptions options) const {
  static std::once_flag once;
  std::call_once(once, SetUpLibrary);
  auto state = std::make_shared<Run::State>();
  state->follower = options.on_progress;
  state->options = std::move(options);
  state->path = source_->path;
  state->json = source_->json;
  // Signals belong to the host's threads; SIGPIPE would end the process.
  const SignalsHeld held;
  try {
    state->thread = std::thread([state] {
      WorkInBackground();
      state->PlayOrFail();
    });
  } catch (const std::system_error& error) {
    state->report.error = NoThread(error);
    state->report.exit_code = kExitNotCarriedOut;
    state->has_ended = true;
  }
  return Run(std::move(state));
}

const char* Version() { return INVOCATOR_VERSION; }

}  // namespace v1
}  // namespace invocator
