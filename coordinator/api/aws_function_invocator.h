// Invocator as a library: the command `invocator run` for C++ programs.
//
//   #include <invocator/aws_function_invocator.h>
//
//   invocator::AwsFunctionInvocator ivk("workload.json");
//   invocator::Run run = ivk.InvokeAll({.memory_size_mb = 256});
//   const invocator::Report& report = run.Wait();
//
// A run does what the command does, on its own threads in this process. The
// report holds everything that the command prints; nothing is written to the
// process's standard streams, which should stay open. Errors are values: no
// function throws. Out of memory, the process may end; gRPC aborts it if it
// cannot open a descriptor. Signal handlers and the limit of open files stay
// unchanged; raise that limit for many calls in flight. gRPC logs as the
// process configured it. AWS settings and credentials are found as by the
// command; do not change the environment while a run starts.
//
// Runs may overlap. They then share the machine's cores, which shows in their
// lateness. Do not fork during a run without calling exec at once. Do not
// unload the library, and destroy every Run before main returns.
//
// Structs may grow with a minor version (0.1 to 0.2). Rebuild the program then:
// the loader accepts no other minor version.
#ifndef INVOCATOR_AWS_FUNCTION_INVOCATOR_H_
#define INVOCATOR_AWS_FUNCTION_INVOCATOR_H_

#include <functional>
#include <memory>
#include <string>

#include "coordinator/api/invoke_types.h"

#define INVOCATOR_API __attribute__((visibility("default")))

namespace invocator {
inline namespace v1 {

// A run in progress or ended. Its functions may be called from any thread,
// except moving and destroying. A moved-from Run can only be destroyed or
// assigned to.
class INVOCATOR_API Run {
 public:
  Run(Run&&) noexcept;
  // Cancels the run that it replaces, as the destructor does.
  Run& operator=(Run&&) noexcept;
  // Cancels a run in progress twice (see Cancel) and waits for its end; in a
  // callback of this run, it does not wait.
  ~Run();

  // Waits for the run's end. The report lives as long as this Run.
  const Report& Wait() &;
  Report Wait() &&;
  bool IsDone() const;
  // Like Ctrl-C: the first call stops sending and waits for the invocations in
  // flight, the second aborts them. Memory sizes are restored as at any end.
  // May be called at any time, even before the start and after the end.
  void Cancel();
  // Sets the function to call at the start, once a second and at the end, on
  // the run's thread (see InvokeOptions). Replaces the previous one, a call of
  // which may still be running.
  void OnProgress(std::function<void(const Progress&)> follower);

 private:
  friend class AwsFunctionInvocator;
  struct State;
  explicit Run(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// A workload to play. A value; its functions may be called from any thread.
class INVOCATOR_API AwsFunctionInvocator {
 public:
  // Each run reads the file anew.
  explicit AwsFunctionInvocator(std::string workload_path);
  // `json`: the workload itself. File names in it are relative to `folder`;
  // empty: to the working folder.
  static AwsFunctionInvocator FromJson(std::string json,
                                       std::string folder = {});

  // Starts a run and returns at once. Faults of the workload or the options are
  // in the run's report.
  Run InvokeAll(InvokeOptions options = {}) const;

 private:
  struct Source;
  explicit AwsFunctionInvocator(std::shared_ptr<const Source> source);
  std::shared_ptr<const Source> source_;
};

// Version of the library, such as "0.1.0".
INVOCATOR_API const char* Version();

}  // namespace v1
}  // namespace invocator

#endif  // INVOCATOR_AWS_FUNCTION_INVOCATOR_H_
