#include "coordinator/report/transport_hint.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

std::string ClockHint(const FailureReport& failure,
                      const char* of_certificate) {
  return absl::StrCat(of_certificate, ", unless the clock of ",
                      failure.worker.empty()
                          ? "the worker"
                          : absl::StrCat("worker ", failure.worker),
                      " is off");
}

// Looks for a text of worker/net/curl_failure.cc in the first such call.
bool FirstSays(const FailureReport& failure, absl::string_view words) {
  return failure.first && absl::StrContains(failure.first->detail, words);
}

}  // namespace

std::string TransportHint(const FailureReport& failure) {
  switch (failure.reason) {
    case Reason::kHostNotFound:
      return "the host name has no address: check its spelling and the "
             "worker's DNS";
    case Reason::kConnectionRefused:
      return "nothing listens there: check host and port";
    case Reason::kUnreachable:
      return "there is no route from the worker to that address: check its "
             "network, VPN or security groups";
    case Reason::kConnectTimedOut:
      return "the connection was never answered: a firewall or security group "
             "may drop it";
    case Reason::kConnectReset:
      return "the connection was reset while it was being opened";
    case Reason::kProxyRefused:
      return FirstSays(failure, "CONNECT with 407")
                 ? "the proxy of https_proxy or http_proxy wants credentials: "
                   "name them in it, or exclude the host with NO_PROXY"
                 : "the proxy of https_proxy or http_proxy failed or refused "
                   "to connect to the target: see its log, or exclude the host "
                   "with NO_PROXY";
    case Reason::kProxyFailed:
      return "the proxy of https_proxy or http_proxy cannot be used: correct "
             "it, or exclude the host with NO_PROXY";
    case Reason::kNoLocalResources:
      return "this worker ran out of descriptors, local ports or memory: "
             "raise ulimit -n, lower --max-in-flight, or use more workers";
    case Reason::kConnectFailed:
      return "the connection could not be opened";
    case Reason::kUnknownCa:
      return "the certificate is signed by an untrusted CA: name the CA "
             "with --ca-file";
    case Reason::kSelfSigned:
      return "the certificate is self-signed: to trust it, name it "
             "with --ca-file";
    case Reason::kCertificateExpired:
      return ClockHint(failure, "the target's certificate has expired");
    case Reason::kCertificateNotYetValid:
      return ClockHint(failure, "the target's certificate is not valid yet");
    case Reason::kWrongHost:
      return "the certificate is for another name: check the host, or the "
             "address of --endpoint-url";
    case Reason::kCertificateInvalid:
      return "the certificate is not accepted";
    case Reason::kTlsVersion:
      return "the target speaks neither TLS 1.2 nor 1.3, and older versions "
             "are not accepted";
    case Reason::kClientCertificateRequired:
      return "the target wants a client certificate: name it with "
             "--client-cert and --client-key";
    case Reason::kClientCertificateRefused:
      return "the target does not accept the certificate of --client-cert";
    case Reason::kNotTls:
      return "the target does not speak TLS at that port: check the port, or "
             "write http:// instead of https://";
    case Reason::kTlsAlert:
      return "the target refused the TLS connection";
    case Reason::kTlsHandshakeCut:
      return "the target closed the connection during the TLS handshake: it "
             "may not speak TLS at that port";
    case Reason::kTlsFailed:
      return "the TLS connection broke";
    case Reason::kMalformedAnswer:
      return "the answer is not valid HTTP";
    case Reason::kHeadTooLarge:
      return "the answer's headers exceed the limit of 256 KiB";
    case Reason::kClosedBeforeAnswer:
      return "the connection ended before the first byte of the answer: the "
             "target or something in front of it may be overloaded or "
             "restarting";
    case Reason::kClosedInHead:
      return "the connection ended within the answer's headers";
    case Reason::kClosedInBody:
      return "the connection ended within the answer's body";
    case Reason::kStreamReset:
      return "the target reset the call's HTTP/2 stream, or refused it";
    case Reason::kHttp2Error:
      return "the HTTP/2 connection broke";
    case Reason::kExchangeFailed:
      return "the exchange failed in the transport";
    case Reason::kConnectTimeout:
      if (FirstSays(failure, " the proxy ")) {
        return "timeout_in_seconds ended before the proxy of https_proxy or "
               "http_proxy had opened the connection: check the proxy, or "
               "exclude the host with NO_PROXY";
      }
      return "timeout_in_seconds ended before the connection was open: a "
             "firewall may drop it, or the target accepts too slowly";
    case Reason::kTlsHandshakeTimeout:
      return "timeout_in_seconds ended during the TLS handshake: the target "
             "may not speak TLS at that port, or is overloaded";
    case Reason::kSendTimeout:
      return "timeout_in_seconds ended before the target had taken the whole "
             "request";
    case Reason::kFirstByteTimeout:
      return "timeout_in_seconds ended before the first byte of the answer";
    case Reason::kHeadTimeout:
      return "timeout_in_seconds ended within the answer's headers";
    case Reason::kBodyTimeout:
      return "timeout_in_seconds ended within the answer's body";
    default:
      return "";
  }
}

}  // namespace invocator
