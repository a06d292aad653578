// A minimal user: needs only the standard library and C++17.
#include <invocator/aws_function_invocator.h>

#include <cstdio>

int main(int, char** argv) {
  invocator::InvokeOptions options;
  options.memory_size_mb = 256;
  options.endpoint_url = argv[2];
  options.out = argv[3];
  invocator::AwsFunctionInvocator ivk(argv[1]);
  invocator::Run run = ivk.InvokeAll(options);
  const invocator::Report& report = run.Wait();
  std::printf("%d %s\n", report.exit_code, report.error.c_str());
  return report.exit_code;
}
