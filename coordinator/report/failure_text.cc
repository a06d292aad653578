#include "coordinator/report/failure_text.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/result/outcome.h"
#include "common/words/foreign_text.h"
#include "common/words/listing.h"
#include "coordinator/report/transport_hint.h"

namespace invocator {
namespace {

constexpr size_t kMaxLineBytes = 400;
// Limit on further instances whose first calls are shown for a reason.
constexpr size_t kMaxFurtherInstances = 3;
constexpr absl::string_view kIndent = "             ";

// AWS takes signatures up to 5 minutes off; a clock that is nearer than this is
// not to blame.
constexpr int64_t kFarOffS = 240;

std::string OneLine(absl::string_view text) {
  return CleanLine(text, kMaxLineBytes);
}

std::string Seconds(int64_t seconds) {
  return absl::FormatDuration(absl::Seconds(seconds));
}

std::string SkewHint(const FailureReport& failure) {
  constexpr absl::string_view kRule =
      "AWS takes signatures that are at most 5 minutes off";
  if (!failure.first || !failure.first->date_ahead_s) return std::string(kRule);
  const int64_t ahead_s = *failure.first->date_ahead_s;
  if (std::abs(ahead_s) < kFarOffS) {
    return absl::StrCat(
        kRule, "; the clock of worker ", failure.worker,
        " agrees with the "
        "answer's Date within ",
        Seconds(std::abs(ahead_s)),
        ": the request was long on its way, or the server's check uses another "
        "clock");
  }
  return absl::StrCat(kRule, "; by the answer's Date the clock of worker ",
                      failure.worker, " is ", Seconds(std::abs(ahead_s)),
                      ahead_s > 0 ? " behind" : " ahead",
                      ": set it right (NTP)");
}

// Servers that expect TLS, or another client certificate, answer with a status.
// Recognizes the texts of nginx, Apache and Go in the first such answer.
std::string StatusHint(const FailureReport& failure) {
  static constexpr char kWantsHttps[] =
      "the first answer says that the port expects TLS: write https:// instead "
      "of "
      "http://";
  static constexpr struct {
    absl::string_view words;
    const char* hint;
  } kKnown[] = {
      {"No required SSL certificate was sent",
       "the first answer asks for a client certificate: name it "
       "with --client-cert and --client-key"},
      {"The SSL certificate error",
       "the first answer refuses the certificate of "
       "--client-cert"},
      {"The plain HTTP request was sent to HTTPS port", kWantsHttps},
      {"speaking plain HTTP to an SSL-enabled server port", kWantsHttps},
      {"Client sent an HTTP request to an HTTPS server", kWantsHttps},
  };
  for (const auto& known : kKnown) {
    if (failure.first && absl::StrContains(failure.first->body, known.words))
      return known.hint;
  }
  return "answered by the function, or by something in front of it";
}

// AWS's canonical request and ours, line by line: what differs is told apart.
std::string SignatureComparison(const std::string& aws,
                                const std::string& ours) {
  if (aws == ours) {
    return absl::StrCat(
        kIndent,
        "AWS's canonical request and ours are the same: the secret access key "
        "is not the one of this access key id.\n");
  }
  std::string text =
      absl::StrCat(kIndent, "canonical request, '-' AWS's and '+' ours:\n");
  const std::vector<std::string> theirs = absl::StrSplit(aws, '\n');
  const std::vector<std::string> own = absl::StrSplit(ours, '\n');
  for (size_t i = 0; i < std::max(theirs.size(), own.size()); ++i) {
    const auto add = [&](absl::string_view mark,
                         const std::vector<std::string>& lines) {
      if (i >= lines.size()) return;
      absl::StrAppend(&text, kIndent, mark, " ", OneLine(lines[i]), "\n");
    };
    if (i < theirs.size() && i < own.size() && theirs[i] == own[i]) {
      add(" ", own);
    } else {
      add("-", theirs);
      add("+", own);
    }
  }
  return text;
}

// "first i #0 at 0.100 s: certificate has expired"; of an answer its status,
// error type and message.
std::string FirstLine(const FailureReport& failure, absl::string_view message) {
  const FailureSample& first = *failure.first;
  std::string line = absl::StrFormat(
      "%sfirst %s #%d at %.3f s", kIndent, OneLine(failure.instance),
      first.sequence, static_cast<double>(first.scheduled_ns) / 1e9);
  absl::string_view separator = ": ";
  const auto add = [&](absl::string_view part, absl::string_view next) {
    if (part.empty()) return;
    absl::StrAppend(&line, separator, part);
    separator = next;
  };
  if (first.status != 0) add(absl::StrCat(first.status), " ");
  add(OneLine(first.error_type), " ");
  if (separator == " ") separator = ": ";
  add(OneLine(first.detail), ": ");
  // A transport failure has a detail and no message.
  if (first.detail.empty()) add(OneLine(message), ": ");
  return line + "\n";
}

// The first calls of other instances that failed for the same reason.
std::string FurtherInstances(const RunReport& report,
                             const FailureReport& failure) {
  std::string lines;
  size_t others = 0;
  for (const auto& [instance, failures] : report.instance_failures) {
    for (const FailureReport& other : failures) {
      if (other.reason != failure.reason ||
          other.instance == failure.instance) {
        continue;
      }
      if (++others > kMaxFurtherInstances) continue;
      absl::StrAppend(&lines, FirstLine(other, MessageOf(other.first->body)));
    }
  }
  if (others > kMaxFurtherInstances) {
    absl::StrAppend(&lines, kIndent, "... and ",
                    Counted(others - kMaxFurtherInstances, "more instance"),
                    ", see summary.json\n");
  }
  return lines;
}

}  // namespace

std::string FailureHint(const FailureReport& failure) {
  switch (failure.reason) {
    case Reason::kNone:
      break;
    case Reason::kSignatureMismatch:
      return "the secret access key is wrong, or the request was changed on "
             "its "
             "way";
    case Reason::kClockSkew:
      return SkewHint(failure);
    case Reason::kWrongScope:
      return "signed for another region or service: set \"region\" and "
             "\"service\" in the workload";
    case Reason::kMissingToken:
      return "the request was not signed, or there is no such stage, resource "
             "or method: API Gateway says the same to all of these";
    case Reason::kIncompleteSignature:
      return "the Authorization header is not as the service wants it";
    case Reason::kUnknownCredentials:
      return "the access key id is not known there, or the session token is "
             "missing or another one's";
    case Reason::kExpiredCredentials:
      return "the session token has expired";
    case Reason::kAccessDenied:
      return "these credentials may not invoke this: look at the policies of "
             "the user or role, and of the API or function";
    case Reason::kForbidden:
      return "refused without a word why: signature or rights of an HTTP API "
             "or "
             "function URL, an API key, a firewall (WAF), or a host that does "
             "not belong to the API";
    case Reason::kRateExceeded:
      return "more calls per second than the account, stage or method may have";
    case Reason::kQuotaExceeded:
      return "the usage plan's quota is used up: trying again is of no use";
    case Reason::kConcurrencyExceeded:
      return "as many calls at a time as the account or function may have";
    case Reason::kIntegrationThrottled:
      return "the API could not get an answer of its function: throttled by "
             "Lambda, not allowed to invoke it, or, behind an HTTP API, too "
             "slow; the API does not say which";
    case Reason::kFunctionFailed:
      return "the function ended with an error";
    case Reason::kFunctionTimeout:
      return "the function ran into its own timeout";
    case Reason::kBadFunctionAnswer:
      return "the function failed, timed out, or gave an answer that API "
             "Gateway cannot use";
    case Reason::kIntegrationTimeout:
      return "the function took longer than API Gateway waits for it, by "
             "default 29 s";
    case Reason::kGatewayError:
      return "the gateway or service itself answered";
    case Reason::kStatus3xx:
      return "redirects are not followed";
    case Reason::kStatus4xx:
    case Reason::kStatus5xx:
    case Reason::kOtherStatus:
      return StatusHint(failure);
    case Reason::kUnexpected2xx:
      return "a 2xx status that the workload's \"expect\" does not list";
    default:
      return TransportHint(failure);
  }
  return "";
}

std::string MessageOf(absl::string_view body) {
  using Json = nlohmann::json;
  const Json json = Json::parse(body.begin(), body.end(), /*cb=*/nullptr,
                                /*allow_exceptions=*/false);
  if (json.is_object()) {
    for (const char* key : {"message", "Message", "errorMessage"}) {
      const auto found = json.find(key);
      if (found != json.end() && found->is_string()) {
        return found->get<std::string>();
      }
    }
  }
  if (!json.is_discarded()) return std::string(body);
  // Cut, perhaps: what is there of it can still be read.
  return absl::StrReplaceAll(
      body, {{"\\n", "\n"}, {"\\\"", "\""}, {"\\\\", "\\"}, {"\\/", "/"}});
}

std::string QuotedCanonicalRequest(absl::string_view message) {
  static constexpr absl::string_view kStart =
      "The Canonical String for this request should have been\n'";
  static constexpr absl::string_view kEnd = "'\n\nThe String-to-Sign";
  const size_t start = message.find(kStart.data(), 0, kStart.size());
  if (start == absl::string_view::npos) return "";
  const absl::string_view rest = message.substr(start + kStart.size());
  const size_t end = rest.find(kEnd.data(), 0, kEnd.size());
  if (end == absl::string_view::npos) return "";  // it was cut
  return std::string(rest.substr(0, end));
}

std::string FailureText(const RunReport& report) {
  std::string text;
  for (const FailureReport& failure : report.failures) {
    absl::StrAppendFormat(
        &text, "%-12s %s, %s %d: %s\n", text.empty() ? "failures" : "",
        OutcomeName(OutcomeOf(failure.reason)), ReasonName(failure.reason),
        failure.count, FailureHint(failure));
    if (!failure.first) continue;
    const FailureSample& first = *failure.first;
    const std::string message = MessageOf(first.body);
    const std::string canonical = QuotedCanonicalRequest(message);
    // What is shown line by line below need not be shown here.
    const absl::string_view shown = absl::string_view(message).substr(
        0, canonical.empty() ? message.size() : message.find("\n\n"));
    absl::StrAppend(&text, FirstLine(failure, shown));
    if (!canonical.empty() && !first.canonical_request.empty()) {
      absl::StrAppend(&text,
                      SignatureComparison(canonical, first.canonical_request));
    }
    absl::StrAppend(&text, FurtherInstances(report, failure));
  }
  return text;
}

}  // namespace invocator
