// User-Agent header of our requests.
#ifndef INVOCATOR_COMMON_HTTP_USER_AGENT_H_
#define INVOCATOR_COMMON_HTTP_USER_AGENT_H_

namespace invocator {

inline constexpr char kUserAgent[] = "invocator/" INVOCATOR_VERSION;

}  // namespace invocator

#endif  // INVOCATOR_COMMON_HTTP_USER_AGENT_H_
