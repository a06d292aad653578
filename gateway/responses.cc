#include "gateway/responses.h"

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gateway/request_id.h"

namespace invocator {
namespace {

absl::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Request Entity Too Large";
    case 414:
      return "Request-URI Too Long";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
  }
  return "";
}

// The extended request id: 15 letters of base64, and '='.
std::string ExtendedId(std::mt19937_64& generator) {
  uint64_t bits[2] = {generator(), generator()};
  std::string id = absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(bits), sizeof(bits)));
  id.resize(15);
  id += '=';
  return id;
}

}  // namespace

GatewayAnswer ErrorAnswer(int status, absl::string_view error_type,
                          absl::string_view message) {
  GatewayAnswer answer;
  answer.status = status;
  answer.error_type = std::string(error_type);
  // What is quoted from a request need not be UTF-8.
  answer.body = nlohmann::json{{"message", std::string(message)}}.dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
  return answer;
}

GatewayAnswer MissingAuthenticationToken() {
  return ErrorAnswer(403, "MissingAuthenticationTokenException",
                     "Missing Authentication Token");
}

GatewayAnswer TooManyRequests() {
  return ErrorAnswer(429, "TooManyRequestsException", "Too Many Requests");
}

GatewayAnswer InternalServerError() {
  return ErrorAnswer(502, "InternalServerErrorException",
                     "Internal server error");
}

GatewayAnswer LambdaThrottled() {
  return ErrorAnswer(500, "InternalServerErrorException",
                     "Internal server error");
}

GatewayAnswer BadRequest() {
  return ErrorAnswer(400, "BadRequestException", "Bad Request");
}

GatewayAnswer RequestTooLong() {
  return ErrorAnswer(413, "RequestTooLargeException", "Request Too Long");
}

GatewayAnswer UriTooLong() {
  return ErrorAnswer(414, "RequestUriTooLongException", "Request-URI Too Long");
}

GatewayAnswer HeadersTooLarge() {
  return ErrorAnswer(431, "RequestHeaderFieldsTooLargeException",
                     "Request Header Fields Too Large");
}

std::string JsonOfSize(size_t bytes) {
  if (bytes < 2) return std::string(bytes, '0');
  std::string json(bytes, 'x');
  json.front() = json.back() = '"';
  return json;
}

void ResponseWriter::Write(const GatewayAnswer& answer, Framing framing,
                           int64_t unix_s, std::string& out) {
  if (unix_s != date_unix_s_) {
    date_unix_s_ = unix_s;
    date_ =
        absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT",
                         absl::FromUnixSeconds(unix_s), absl::UTCTimeZone());
  }
  absl::StrAppend(
      &out, "HTTP/1.1 ", answer.status, " ", ReasonPhrase(answer.status),
      "\r\nDate: ", date_, "\r\nContent-Type: ", answer.content_type,
      "\r\nConnection: ", framing.keep_alive ? "keep-alive" : "close");
  // A 204 has neither body nor length (RFC 9110, 8.6).
  if (answer.status != 204) {
    absl::StrAppend(&out, "\r\nContent-Length: ", answer.body.size());
  }
  if (answer.front == GatewayAnswer::Front::kHttpApi) {
    absl::StrAppend(&out, "\r\napigw-requestid: ", ExtendedId(ids_));
  } else {
    absl::StrAppend(
        &out, "\r\nx-amzn-RequestId: ",
        answer.request_id.empty() ? NewRequestId(ids_) : answer.request_id);
    if (answer.front == GatewayAnswer::Front::kRestApi) {
      absl::StrAppend(&out, "\r\nx-amz-apigw-id: ", ExtendedId(ids_));
    }
    if (answer.front != GatewayAnswer::Front::kSts) {
      absl::StrAppendFormat(
          &out, "\r\nX-Amzn-Trace-Id: Root=1-%08x-%08x%016x;Sampled=0", unix_s,
          ids_() >> 32, ids_());
    }
  }
  if (!answer.error_type.empty()) {
    absl::StrAppend(&out, "\r\nx-amzn-ErrorType: ", answer.error_type);
  }
  for (const auto& [name, value] : answer.headers) {
    absl::StrAppend(&out, "\r\n", name, ": ", value);
  }
  absl::StrAppend(&out, "\r\n\r\n");
  if (!framing.head && answer.status != 204) out += answer.body;
}

}  // namespace invocator
