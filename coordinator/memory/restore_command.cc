#include "coordinator/memory/restore_command.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace invocator {
namespace {

// Quotes a word for a shell.
std::string Quoted(const std::string& word) {
  constexpr char kPlain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./"
      ":@%+=,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

void Add(std::string& line, absl::string_view option,
         const std::string& value) {
  if (!value.empty()) absl::StrAppend(&line, " ", option, " ", Quoted(value));
}

}  // namespace

std::string RestoreCommandLine(const RestoreOptions& options) {
  std::string line =
      absl::StrCat("invocator restore-memory ", Quoted(options.folder));
  Add(line, "--profile", options.profile);
  Add(line, "--endpoint-url", options.endpoint_url);
  Add(line, "--control-endpoint-url", options.control_endpoint_url);
  Add(line, "--ca-file", options.target.ca_file);
  Add(line, "--client-cert", options.target.client_cert);
  Add(line, "--client-key", options.target.client_key);
  Add(line, "--unix-socket", options.target.unix_socket);
  return line;
}

std::string AwsCommandLine(const RestoreOptions& options,
                           const LambdaFunction& function,
                           const std::string& endpoint_url,
                           uint32_t memory_mb) {
  std::string line = "aws lambda update-function-configuration";
  Add(line, "--function-name", function.name);
  Add(line, "--region", function.region);
  Add(line, "--memory-size", absl::StrCat(memory_mb));
  Add(line, "--endpoint-url",
      function.endpoint_url.empty() ? endpoint_url : function.endpoint_url);
  Add(line, "--profile", options.profile);
  Add(line, "--ca-bundle", options.target.ca_file);
  return line;
}

}  // namespace invocator
