// A program that uses the library: library_host MODE WORKLOAD URL OUT. Each
// mode is one way of using it. Prints one fact a line, "name value", for
// tests/end_to_end/test_cpp_library.py.
#include <curl/curl.h>
#include <fcntl.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "invocator/aws_function_invocator.h"

namespace {

using invocator::AwsFunctionInvocator;
using invocator::InvokeOptions;
using invocator::Report;
using invocator::Run;

struct Args {
  std::string workload, url, out;
};

InvokeOptions OptionsOf(const Args& args, const std::string& suffix = "") {
  InvokeOptions options;
  options.endpoint_url = args.url;
  options.out = args.out + suffix;
  options.keep_memory_size = true;
  return options;
}

void Tell(const std::string& name, const std::string& value) {
  std::printf("%s %s\n", name.c_str(), value.c_str());
  std::fflush(stdout);
}

void Tell(const Report& report) {
  Tell("exit_code", std::to_string(report.exit_code));
  if (!report.error.empty()) Tell("error", report.error);
  if (!report.summary) return;
  Tell("sent", std::to_string(report.summary->sent));
  Tell("digest", report.summary->schedule_digest.sent);
  Tell("interrupted", report.summary->interrupted ? "true" : "false");
}

// The two lines of the original API.
void Original(const Args& args) {
  AwsFunctionInvocator ivk(args.workload);
  Run run = ivk.InvokeAll(
      {.memory_size_mb = 256, .endpoint_url = args.url, .out = args.out});
  Tell(run.Wait());
}

void Everything(const Args& args) {
  std::atomic<int> rows = 0;
  std::atomic<int> lines = 0;
  std::atomic<int> steps = 0;
  std::atomic<uint64_t> last_completed = 0;
  InvokeOptions options = OptionsOf(args);
  options.on_message = [&](const std::string&) { ++lines; };
  options.on_invocation = [&](const invocator::Invocation& row) {
    if (row.outcome == "ok" && row.worker == "local" &&
        row.scheduled_ns <= row.sent_ns && row.sent_ns < row.done_ns) {
      ++rows;
    }
  };
  Run run = AwsFunctionInvocator(args.workload).InvokeAll(options);
  run.OnProgress([&](const invocator::Progress& progress) {
    ++steps;
    last_completed = progress.completed;
  });
  const Report& report = run.Wait();
  Tell(report);
  Tell("rows", std::to_string(rows));
  Tell("lines", std::to_string(lines));
  Tell("messages", std::to_string(report.messages.size()));
  Tell("steps", std::to_string(steps));
  Tell("completed", std::to_string(last_completed));
  Tell("folder", report.folder);
  Tell("verdict", report.summary->verdict.state);
  Tell("text_has_verdict",
       report.text.find("verdict") != std::string::npos ? "true" : "false");
}

void InMemory(const Args& args) {
  std::string json;
  std::FILE* file = std::fopen(args.workload.c_str(), "r");
  char part[4096];
  for (size_t n; (n = std::fread(part, 1, sizeof(part), file)) > 0;) {
    json.append(part, n);
  }
  std::fclose(file);
  Tell(AwsFunctionInvocator::FromJson(json).InvokeAll(OptionsOf(args)).Wait());
}

void Overlapping(const Args& args) {
  const AwsFunctionInvocator ivk(args.workload);
  Run a = ivk.InvokeAll(OptionsOf(args, "-a"));
  Run b = ivk.InvokeAll(OptionsOf(args, "-b"));
  Tell(a.Wait());
  Tell(b.Wait());
  Tell(ivk.InvokeAll(OptionsOf(args, "-c")).Wait());
}

// Cancels runs after increasing delays, from before the start to the middle.
void CancelAnywhere(const Args& args) {
  const AwsFunctionInvocator ivk(args.workload);
  for (int i = 0; i < 12; ++i) {
    Run run = ivk.InvokeAll(OptionsOf(args, "-" + std::to_string(i)));
    std::this_thread::sleep_for(std::chrono::milliseconds(i * i * 10));
    run.Cancel();
    Tell("exit_code", std::to_string(run.Wait().exit_code));
  }
}

void DestroyAnywhere(const Args& args) {
  const AwsFunctionInvocator ivk(args.workload);
  for (int i = 0; i < 12; ++i) {
    Run run = ivk.InvokeAll(OptionsOf(args, "-" + std::to_string(i)));
    std::this_thread::sleep_for(std::chrono::milliseconds(i * i * 10));
  }
  Run moved = ivk.InvokeAll(OptionsOf(args, "-m"));
  moved = ivk.InvokeAll(OptionsOf(args, "-n"));
  Run last = std::move(moved);
  Tell("ended", "true");
}

std::atomic<int> interrupts = 0;

// The host has its own signal handlers, libcurl, gRPC server and channel.
void WithOwnThings(const Args& args) {
  std::signal(SIGINT, [](int) { ++interrupts; });
  // The library must leave this default unchanged.
  std::signal(SIGPIPE, SIG_DFL);
  curl_global_init(CURL_GLOBAL_ALL);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  // A server needs something to serve.
  grpc::AsyncGenericService service;
  builder.RegisterAsyncGenericService(&service);
  auto queue = builder.AddCompletionQueue();
  auto server = builder.BuildAndStart();
  auto channel = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                     grpc::InsecureChannelCredentials());
  const auto connects = [&] {
    return channel->WaitForConnected(std::chrono::system_clock::now() +
                                     std::chrono::seconds(20));
  };
  Tell("connects_before", connects() ? "true" : "false");
  Run run = AwsFunctionInvocator(args.workload).InvokeAll(OptionsOf(args));
  kill(getpid(), SIGINT);
  Tell(run.Wait());
  Tell("interrupts", std::to_string(interrupts));
  Tell("connects_after", connects() ? "true" : "false");
  struct sigaction action {};
  sigaction(SIGPIPE, nullptr, &action);
  Tell("sigpipe_kept", action.sa_handler == SIG_DFL ? "true" : "false");
  CURL* curl = curl_easy_init();
  Tell("curl", curl != nullptr ? "true" : "false");
  curl_easy_cleanup(curl);
  server->Shutdown();
  queue->Shutdown();
  void* tag;
  bool ok;
  while (queue->Next(&tag, &ok)) {
  }
}

// One throwing callback per run.
void Throwing(const Args& args) {
  const AwsFunctionInvocator ivk(args.workload);
  InvokeOptions options = OptionsOf(args, "-m");
  options.on_message = [](const std::string&) {
    throw std::runtime_error("no more messages");
  };
  Tell(ivk.InvokeAll(options).Wait());
  options = OptionsOf(args, "-p");
  options.on_progress = [](const invocator::Progress& progress) {
    if (progress.elapsed_s > 0.5) throw 42;
  };
  Tell(ivk.InvokeAll(options).Wait());
  options = OptionsOf(args, "-i");
  options.on_invocation = [](const invocator::Invocation&) {
    throw std::bad_alloc();
  };
  Tell(ivk.InvokeAll(options).Wait());
}

// Callbacks that end their own run.
void FromCallbacks(const Args& args) {
  const AwsFunctionInvocator ivk(args.workload);
  Run cancelled = ivk.InvokeAll(OptionsOf(args, "-c"));
  cancelled.OnProgress([&](const invocator::Progress&) {
    cancelled.OnProgress(nullptr);
    cancelled.Cancel();
  });
  Tell(cancelled.Wait());

  auto destroyed = std::make_unique<Run>(ivk.InvokeAll(OptionsOf(args, "-d")));
  std::atomic<bool> gone = false;
  destroyed->OnProgress([&](const invocator::Progress&) {
    if (gone) return;
    destroyed.reset();
    gone = true;
  });
  while (!gone) std::this_thread::sleep_for(std::chrono::milliseconds(5));

  // One run's callback waits for another run.
  InvokeOptions waiting = OptionsOf(args, "-w");
  std::atomic<bool> waited = false;
  waiting.on_message = [&](const std::string&) {
    if (waited.exchange(true)) return;
    Run other = ivk.InvokeAll(OptionsOf(args, "-o"));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    other.Cancel();
    Tell(other.Wait());
  };
  Run waits = ivk.InvokeAll(waiting);
  while (!waited) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  waits.Cancel();
  Tell(waits.Wait());
}

// With a credential_process, in a host that reaps all children.
void Children(const Args& args) {
  std::signal(SIGCHLD, SIG_IGN);
  Tell(AwsFunctionInvocator(args.workload).InvokeAll(OptionsOf(args)).Wait());
}

// With a credential_process that takes a minute.
void SlowCredentials(const Args& args) {
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  Run run = AwsFunctionInvocator(args.workload).InvokeAll(OptionsOf(args));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  run.Cancel();
  Tell(run.Wait());
  const std::chrono::duration<double> took = steady_clock::now() - begin;
  Tell("soon", took.count() < 10 ? "true" : "false");
}

// With closed standard streams: printed text would go to the file or socket
// that reuses their descriptors.
void Silent(const Args& args) {
  std::FILE* facts = std::fopen((args.out + ".facts").c_str(), "w");
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  close(STDERR_FILENO);
  AwsFunctionInvocator ivk(args.workload);
  const Report report = ivk.InvokeAll(OptionsOf(args)).Wait();
  const Report bad = AwsFunctionInvocator("/nowhere").InvokeAll().Wait();
  std::fprintf(facts, "%d %d %s", report.exit_code, bad.exit_code,
               bad.error.c_str());
  std::fclose(facts);
}

void Fleet(const Args& args) {
  InvokeOptions options = OptionsOf(args);
  options.workers = 2;
  options.listen = "127.0.0.1:" + std::string(std::getenv("FLEET_PORT"));
  Tell(AwsFunctionInvocator(args.workload).InvokeAll(options).Wait());
}

// Runs with one faulty option each.
void Faulty(const Args& args) {
  using std::chrono::seconds;
  const std::vector<std::function<void(InvokeOptions&)>> faults = {
      [](InvokeOptions& o) { o.endpoint_url = "ftp://x"; },
      [](InvokeOptions& o) { o.threads = 2000; },
      [](InvokeOptions& o) { o.record_ratio = 2; },
      [](InvokeOptions& o) {
        o.kept_within = seconds(1);
        o.marginal_within = seconds(0);
      },
      [](InvokeOptions& o) { o.thresholds = {"p99 < x"}; },
      [](InvokeOptions& o) { o.listen = "127.0.0.1:7000"; },
      [](InvokeOptions& o) { o.junit = "/nowhere/x.xml"; },
      [](InvokeOptions& o) { o.ca_file = "/nowhere.pem"; },
      [](InvokeOptions& o) { o.drain = -seconds(1); },
      [](InvokeOptions& o) { o.metrics_linger = seconds(1); },
      [](InvokeOptions& o) {
        o.keep_memory_size = false;
        o.memory_size_mb = 1;
      },
  };
  for (const auto& fault : faults) {
    InvokeOptions options = OptionsOf(args);
    fault(options);
    const Report report =
        AwsFunctionInvocator(args.workload).InvokeAll(options).Wait();
    Tell("exit_code", std::to_string(report.exit_code));
    Tell("error", report.error);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::map<std::string, void (*)(const Args&)> modes = {
      {"original", Original},
      {"everything", Everything},
      {"in_memory", InMemory},
      {"overlapping", Overlapping},
      {"cancel", CancelAnywhere},
      {"destroy", DestroyAnywhere},
      {"own_things", WithOwnThings},
      {"silent", Silent},
      {"throwing", Throwing},
      {"callbacks", FromCallbacks},
      {"children", Children},
      {"slow_credentials", SlowCredentials},
      {"fleet", Fleet},
      {"faulty", Faulty}};
  const auto mode = argc == 5 ? modes.find(argv[1]) : modes.end();
  if (mode == modes.end()) return 64;
  mode->second({argv[2], argv[3], argv[4]});
  return 0;
}
