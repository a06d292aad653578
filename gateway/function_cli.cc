#include "gateway/function_cli.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/parsed_option.h"

namespace invocator {
namespace {

absl::StatusOr<double> ParseRatio(absl::string_view text) {
  double ratio = 0;
  if (!absl::SimpleAtod(text, &ratio) || !(ratio >= 0 && ratio <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "': expected a ratio, 0 to 1"));
  }
  return ratio;
}

absl::StatusOr<double> ParseCorrelation(absl::string_view text) {
  double correlation = 0;
  if (!absl::SimpleAtod(text, &correlation) ||
      !(correlation >= 0 && correlation < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "': expected a correlation, 0 to below 1"));
  }
  return correlation;
}

void AddSlowdowns(CLI::App& app, std::vector<Slowdown>& slowdowns) {
  const std::string name = "--slower";
  app.add_option_function<std::vector<std::string>>(
         name,
         [name, &slowdowns](const std::vector<std::string>& texts) {
           absl::StatusOr<std::vector<Slowdown>> parsed = ParseSlowdowns(texts);
           if (!parsed.ok()) {
             throw CLI::ValidationError(name,
                                        std::string(parsed.status().message()));
           }
           slowdowns = *std::move(parsed);
         },
         "Versions, by qualifier, whose latency is that much longer: green=3%, "
         "or chameleon:green=3% of one function; -3% is shorter. With the same "
         "seed they draw the same latencies, then multiply them [none]")
      ->delimiter(',')
      ->type_name("VERSION=PERCENT,...");
}

}  // namespace

void AddFunctionOptions(CLI::App& app, FunctionOptions& functions) {
  AddParsed<LatencyModel>(app, "--latency", functions.latency,
                          ParseLatencyModel,
                          "Duration of a function call: 20ms, "
                          "lognormal:20ms:0.5 (median, sigma) or "
                          "exponential:20ms (mean) [0ms]");
  AddParsed<double>(
      app, "--latency-correlation", functions.latency_correlation,
      ParseCorrelation,
      "Correlation of the latencies of a function's successive calls, in order "
      "of arrival, 0 to 1: of their normal scores, so that the distribution "
      "stays that of --latency (AR(1), Gaussian copula). Each version of a "
      "function has a series of its own [0]");
  AddSlowdowns(app, functions.slowdowns);
  AddDuration(
      app, "--cold-start", functions.cold_start,
      "Extra time of a call if its function has no idle warm environment "
      "[0ms]");
  AddDuration(app, "--keep-warm", functions.keep_warm,
              "Time that an idle environment stays warm [60s]");
  AddParsed<RateLimit>(
      app, "--throttle", functions.throttle, ParseRateLimit,
      "Answer 429 beyond this rate: 100/s, or 100/s:50 to hold 50 tokens "
      "[off]");
  AddParsed<double>(app, "--fail", functions.failure_ratio, ParseRatio,
                    "Share of calls that fail in the function: 502 [0]");
  CLI::Option* concurrency =
      app.add_option("--concurrency", functions.concurrency,
                     "Limit of calls in service, of all functions together, as "
                     "for an account: beyond it Lambda answers 429 and API "
                     "Gateway 500, at once [off]")
          ->check(CLI::Range(size_t{1}, size_t{1'000'000}));
  app.add_option("--queue", functions.queue,
                 "Limit of calls that wait for a place of --concurrency, first "
                 "in, first out; beyond it they are refused [0]")
      ->check(CLI::Range(size_t{1}, kMaxLine))
      ->needs(concurrency);
  app.add_option("--seed", functions.seed,
                 "Seed of the random latencies and failures [1]");
}

void CheckFunctionOptions(const FunctionOptions& functions) {
  if (functions.latency_correlation > 0 &&
      functions.latency.kind == LatencyModel::Kind::kConstant) {
    throw CLI::ValidationError(
        "--latency-correlation",
        "a constant latency has none: expected --latency lognormal:... or "
        "exponential:... beside it");
  }
}

}  // namespace invocator
