// A world for sources of credentials: variables, answers and programs as a test
// says, a clock that moves when told to, pauses that take no time.
#ifndef INVOCATOR_TESTS_SUPPORT_FAKE_SOURCE_IO_H_
#define INVOCATOR_TESTS_SUPPORT_FAKE_SOURCE_IO_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/environment.h"
#include "common/credentials/source_io.h"

namespace invocator {

class FakeSourceIo {
 public:
  using Answer =
      std::function<absl::StatusOr<HttpResponse>(const HttpRequest&)>;

  std::map<std::string, std::string> variables;
  // By "METHOD url"; anything else cannot be reached.
  std::map<std::string, Answer> answers;
  // Output by arguments, joined by '|'; anything else cannot be started.
  std::map<std::string, std::string> programs;
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);

  // What happened, in order.
  std::vector<HttpRequest> requests;
  std::vector<absl::Duration> pauses;
  std::vector<std::string> said;

  void Respond(const std::string& what, int status, const std::string& body) {
    answers[what] = [status, body](const HttpRequest&) {
      HttpResponse response;
      response.status = status;
      response.body = body;
      return response;
    };
  }
  void Refuse(const std::string& what, absl::Status status) {
    answers[what] = [status](const HttpRequest&) { return status; };
  }

  // Both borrow this.
  Environment variable() {
    return [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? "" : found->second;
    };
  }
  SourceIo io() {
    SourceIo io;
    io.say = [this](const std::string& words) { said.push_back(words); };
    io.fetch =
        [this](const HttpRequest& request) -> absl::StatusOr<HttpResponse> {
      requests.push_back(request);
      const auto found =
          answers.find(absl::StrCat(request.method, " ", request.url));
      if (found != answers.end()) return found->second(request);
      return absl::UnavailableError(
          absl::StrCat(request.url, ": nobody there"));
    };
    io.run = [this](const ChildProcess& child) -> absl::StatusOr<std::string> {
      std::string key;
      for (const std::string& argument : child.arguments) {
        absl::StrAppend(&key, key.empty() ? "" : "|", argument);
      }
      const auto found = programs.find(key);
      if (found != programs.end()) return found->second;
      return absl::NotFoundError(absl::StrCat(key, ": cannot be started"));
    };
    io.pause = [this](absl::Duration duration, const GiveUp& give_up) {
      pauses.push_back(duration);
      return !give_up || !give_up();
    };
    io.now = [this] { return now; };
    return io;
  }

  // Header of a request seen; "" if it has none.
  static std::string HeaderOf(const HttpRequest& request,
                              const std::string& name) {
    for (const auto& header : request.headers) {
      if (header.first == name) return header.second;
    }
    return "";
  }
};

// What metadata services and agents answer.
inline std::string MetadataJson(const std::string& id,
                                const std::string& expiration) {
  return absl::StrCat(R"({"Code":"Success","AccessKeyId":")", id,
                      R"(","SecretAccessKey":"s/ecret","Token":"to/ken==",)",
                      R"("Expiration":")", expiration, R"("})");
}

inline std::string StsXml(const std::string& id, const std::string& expiration,
                          const std::string& action = "AssumeRole") {
  return absl::StrCat(
      "<", action, "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/",
      "\">\n <", action, "Result>\n  <AssumedRoleUser><Arn>a</Arn>",
      "</AssumedRoleUser>\n  <Credentials>\n   <AccessKeyId>", id,
      "</AccessKeyId>\n   <SecretAccessKey>s/ecret</SecretAccessKey>\n",
      "   <SessionToken>to/ken==</SessionToken>\n   <Expiration>", expiration,
      "</Expiration>\n  </Credentials>\n </", action, "Result>\n</", action,
      "Response>");
}

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_FAKE_SOURCE_IO_H_
