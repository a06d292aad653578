#include "worker/net/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "absl/strings/str_cat.h"

namespace invocator {
namespace {

Reason ReasonOfVerify(long result) {
  switch (result) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      return Reason::kUnknownCa;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return Reason::kSelfSigned;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return Reason::kCertificateExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return Reason::kCertificateNotYetValid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return Reason::kWrongHost;
    default:
      return Reason::kCertificateInvalid;
  }
}

// Alerts about our certificate or its absence (RFC 8446, 6.2). Some peers send
// handshake_failure to a client without one.
bool IsOfClientCertificate(int alert, bool showed_certificate) {
  switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED:
      return true;
    case SSL_AD_HANDSHAKE_FAILURE:
      return !showed_certificate;
    default:
      return false;
  }
}

Reason ReasonOfError(const TlsFacts& facts) {
  const int reason = ERR_GET_REASON(facts.error);
  const Reason of_certificate = facts.showed_certificate
                                    ? Reason::kClientCertificateRefused
                                    : Reason::kClientCertificateRequired;
  if (reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) {
    const int alert = reason - SSL_AD_REASON_OFFSET;
    if (alert == SSL_AD_CERTIFICATE_REQUIRED) return of_certificate;
    if (facts.asked_for_certificate &&
        IsOfClientCertificate(alert, facts.showed_certificate)) {
      return of_certificate;
    }
    return alert == SSL_AD_PROTOCOL_VERSION ? Reason::kTlsVersion
                                            : Reason::kTlsAlert;
  }
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_SSL_VERSION:
      return Reason::kTlsVersion;
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return facts.in_handshake ? Reason::kNotTls : Reason::kTlsFailed;
    default:
      return Reason::kTlsFailed;
  }
}

}  // namespace

bool IsOfTls(unsigned long error) {
  if (error == 0 || ERR_SYSTEM_ERROR(error)) return false;
  switch (ERR_GET_REASON(error)) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
    // Reported for a write after one that found the connection closed.
    case SSL_R_BAD_WRITE_RETRY:
    case SSL_R_PROTOCOL_IS_SHUTDOWN:
      return false;
    default:
      return true;
  }
}

TransportFailure TlsFailureOf(const TlsFacts& facts) {
  if (facts.verify_result != X509_V_OK) {
    return {ReasonOfVerify(facts.verify_result),
            X509_verify_cert_error_string(facts.verify_result)};
  }
  if (IsOfTls(facts.error)) {
    const char* const words = ERR_reason_error_string(facts.error);
    return {ReasonOfError(facts), words != nullptr ? words : "TLS failed"};
  }
  const absl::string_view how = facts.system_error == 0
                                    ? "closed by the peer"
                                    : ErrnoWords(facts.system_error);
  if (facts.asked_for_certificate) {
    // The alert may be lost with the connection.
    return {
        facts.showed_certificate ? Reason::kClientCertificateRefused
                                 : Reason::kClientCertificateRequired,
        absl::StrCat("the peer asked for a client certificate, then: ", how)};
  }
  return {Reason::kTlsHandshakeCut,
          absl::StrCat("during the TLS handshake: ", how)};
}

}  // namespace invocator
