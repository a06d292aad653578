// Decides what a request to the live page's server gets. Pure.
//
// Two secrets open it: the token of the page, drawn for this run, which arrives
// once in the printed URL and then as a cookie; and, if there is one, the
// bearer token of /metrics. Browsers are a danger of their own: any page may
// make them ask this server. So its name must be in Host (DNS rebinding), and a
// request that another site causes is refused. Pages on other ports of the same
// host are other sites here, though browsers send them our cookie.
#ifndef INVOCATOR_COORDINATOR_WEB_ACCESS_H_
#define INVOCATOR_COORDINATOR_WEB_ACCESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/http/http_syntax.h"

namespace invocator {

struct AccessRules {
  std::string token;        // of the page; empty: there is no page
  std::string bearer;       // of /metrics; empty: it needs none
  bool has_metrics = true;  // /metrics exists
  // Host that the server was given, lower-case; loopback names are always
  // right. Empty: any, as on all addresses of a machine, where TLS proves it.
  std::string host;
  uint16_t port = 0;  // names the cookie
  bool tls = false;
};

// Name of the cookie: cookies are shared by all ports of a host.
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
  kNone,  // the status says it all
  kPage,
  kEvents,
  kMetrics,
};

struct WebAnswer {
  int status = 200;
  WebContent content = WebContent::kNone;
  std::string text;             // for people, of kNone
  std::vector<Header> headers;  // in addition to those of every answer
};

WebAnswer AnswerTo(const WebRequest& request, const AccessRules& rules);

// The headers of every answer. `policy`: Content-Security-Policy of the page;
// other content may do nothing.
std::vector<Header> SecurityHeaders(WebContent content,
                                    absl::string_view policy);

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_WEB_ACCESS_H_
