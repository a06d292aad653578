// What it takes to take an answer apart: Beast's parser, made anew for each.
#include <benchmark/benchmark.h>

#include "absl/strings/string_view.h"
#include "worker/exchange/answer_parser.h"

namespace invocator {
namespace {

// As API Gateway answers.
constexpr char kAnswer[] =
    "HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
    "Content-Type: application/json\r\nContent-Length: 18\r\n"
    "Connection: keep-alive\r\n"
    "x-amzn-RequestId: 3f1d9b3e-0a5b-4d55-8f0e-6c3f5a1b2c3d\r\n"
    "x-amz-apigw-id: AbCdEfGhIjKlMno=\r\n"
    "X-Amzn-Trace-Id: Root=1-65540fd0-0123456789abcdef01234567\r\n\r\n"
    "{\"statusCode\":200}";
constexpr char kChunked[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n12\r\n{\"statusCode\":200}\r\n"
    "0\r\n\r\n";

void TakeWhole(benchmark::State& state, absl::string_view answer) {
  AnswerParser parser;
  for (auto _ : state) {
    parser.Begin(false);
    benchmark::DoNotOptimize(parser.Put(answer));
  }
}
BENCHMARK_CAPTURE(TakeWhole, length, kAnswer);
BENCHMARK_CAPTURE(TakeWhole, chunked, kChunked);

void TakeInTwo(benchmark::State& state) {
  const absl::string_view answer = kAnswer;
  AnswerParser parser;
  for (auto _ : state) {
    parser.Begin(false);
    parser.Put(answer.substr(0, 100));
    benchmark::DoNotOptimize(parser.Put(answer.substr(100)));
  }
}
BENCHMARK(TakeInTwo);

}  // namespace
}  // namespace invocator
