// Decides how the live page's server answers a request. Pure.
//
// Two secrets grant access: the token of the page, which is random and arrives
// once in the printed URL and then as a cookie; and the bearer token of
// /metrics, if there is one. Browsers need two more checks, since any site may
// make them send requests to this server: Host must name the server (against
// DNS rebinding), and a request that comes from another site is refused. Pages
// on other ports of the same host count as other sites, though browsers send
// our cookie to those ports, too.
#ifndef INVOCATOR_COORDINATOR_WEB_ACCESS_H_
#define INVOCATOR_COORDINATOR_WEB_ACCESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/http/http_syntax.h"

namespace invocator {

struct AccessRules {
  std::string token;        // of the page; empty: no page
  std::string bearer;       // of /metrics; empty: not required
  bool has_metrics = true;  // /metrics exists
  // Host of the server's address, lower-case; loopback names are always
  // accepted. Empty: any host, for a server on all addresses of a machine,
  // where TLS proves the name.
  std::string host;
  uint16_t port = 0;  // names the cookie
  bool tls = false;
};

// Name of the cookie. Has the port, since all ports of a host share cookies.
std::string CookieName(uint16_t port);

// A token of 32 random bytes, in hexadecimal.
std::string DrawToken();

// A request's head. Header names in any case.
struct WebRequest {
  absl::string_view method;
  absl::string_view target;
  std::vector<Header> headers;
};

enum class WebContent {
  kNone,  // the status is all there is
  kPage,
  kEvents,
  kMetrics,
};

struct WebAnswer {
  int status = 200;
  WebContent content = WebContent::kNone;
  std::string text;             // for people, with kNone
  std::vector<Header> headers;  // in addition to those of every answer
};

WebAnswer AnswerTo(const WebRequest& request, const AccessRules& rules);

// The headers of every answer. `policy`: Content-Security-Policy of the page;
// other content gets a policy that allows nothing.
std::vector<Header> SecurityHeaders(WebContent content,
                                    absl::string_view policy);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_ACCESS_H_
