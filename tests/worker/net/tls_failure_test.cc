#include "worker/net/tls_failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cerrno>

namespace invocator {
namespace {

using testing::HasSubstr;

unsigned long ErrorOf(int reason) { return ERR_PACK(ERR_LIB_SSL, 0, reason); }
unsigned long Alert(int alert) { return ErrorOf(SSL_AD_REASON_OFFSET + alert); }

TEST(TlsFailureTest, VerificationNamesTheCertificatesFault) {
  const struct {
    long result;
    Reason reason;
    const char* words;
  } cases[] = {
      {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, Reason::kUnknownCa, "issuer"},
      {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, Reason::kUnknownCa,
       "local issuer"},
      {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, Reason::kUnknownCa,
       "first certificate"},
      {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, Reason::kUnknownCa,
       "self-signed certificate in certificate chain"},
      {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, Reason::kSelfSigned,
       "self-signed certificate"},
      {X509_V_ERR_CERT_HAS_EXPIRED, Reason::kCertificateExpired,
       "certificate has expired"},
      {X509_V_ERR_CERT_NOT_YET_VALID, Reason::kCertificateNotYetValid,
       "not yet valid"},
      {X509_V_ERR_HOSTNAME_MISMATCH, Reason::kWrongHost, "mismatch"},
      {X509_V_ERR_IP_ADDRESS_MISMATCH, Reason::kWrongHost, "mismatch"},
      {X509_V_ERR_CERT_REVOKED, Reason::kCertificateInvalid, "revoked"},
  };
  for (const auto& c : cases) {
    TlsFacts facts;
    facts.verify_result = c.result;
    facts.error = ErrorOf(SSL_R_CERTIFICATE_VERIFY_FAILED);
    const TransportFailure failure = TlsFailureOf(facts);
    EXPECT_EQ(failure.reason, c.reason) << c.words;
    EXPECT_THAT(failure.detail, HasSubstr(c.words));
  }
}

TEST(TlsFailureTest, AnAlertOverOurCertificateIsToldFromOthers) {
  const struct {
    int alert;
    bool asked;
    bool showed;
    Reason reason;
  } cases[] = {
      {SSL_AD_CERTIFICATE_REQUIRED, true, false,
       Reason::kClientCertificateRequired},
      {SSL_AD_CERTIFICATE_REQUIRED, false, false,
       Reason::kClientCertificateRequired},
      {SSL_AD_HANDSHAKE_FAILURE, true, false,
       Reason::kClientCertificateRequired},
      {SSL_AD_HANDSHAKE_FAILURE, true, true, Reason::kTlsAlert},
      {SSL_AD_HANDSHAKE_FAILURE, false, false, Reason::kTlsAlert},
      {SSL_AD_BAD_CERTIFICATE, true, false, Reason::kClientCertificateRequired},
      {SSL_AD_UNKNOWN_CA, true, true, Reason::kClientCertificateRefused},
      {SSL_AD_UNKNOWN_CA, false, true, Reason::kTlsAlert},
      {SSL_AD_CERTIFICATE_EXPIRED, true, true,
       Reason::kClientCertificateRefused},
      {SSL_AD_CERTIFICATE_REVOKED, true, true,
       Reason::kClientCertificateRefused},
      {SSL_AD_CERTIFICATE_UNKNOWN, true, true,
       Reason::kClientCertificateRefused},
      {SSL_AD_UNSUPPORTED_CERTIFICATE, true, true,
       Reason::kClientCertificateRefused},
      {SSL_AD_ACCESS_DENIED, true, true, Reason::kClientCertificateRefused},
      {SSL_AD_ILLEGAL_PARAMETER, true, true, Reason::kTlsAlert},
      {SSL_AD_PROTOCOL_VERSION, false, false, Reason::kTlsVersion},
      {SSL_AD_UNRECOGNIZED_NAME, false, false, Reason::kTlsAlert},
  };
  for (const auto& c : cases) {
    TlsFacts facts;
    facts.error = Alert(c.alert);
    facts.asked_for_certificate = c.asked;
    facts.showed_certificate = c.showed;
    EXPECT_EQ(TlsFailureOf(facts).reason, c.reason)
        << c.alert << c.asked << c.showed;
  }
}

TEST(TlsFailureTest, WhatIsNoTlsIsToldInTheHandshakeOnly) {
  TlsFacts facts;
  for (const int reason : {SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST,
                           SSL_R_PACKET_LENGTH_TOO_LONG}) {
    facts.error = ErrorOf(reason);
    facts.in_handshake = true;
    EXPECT_EQ(TlsFailureOf(facts).reason, Reason::kNotTls) << reason;
    facts.in_handshake = false;
    EXPECT_EQ(TlsFailureOf(facts).reason, Reason::kTlsFailed) << reason;
  }
  for (const int reason : {SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_UNKNOWN_PROTOCOL,
                           SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION}) {
    facts.error = ErrorOf(reason);
    EXPECT_EQ(TlsFailureOf(facts).reason, Reason::kTlsVersion) << reason;
  }
  facts.error = ErrorOf(SSL_R_BAD_SIGNATURE);
  EXPECT_EQ(TlsFailureOf(facts).reason, Reason::kTlsFailed);
}

TEST(TlsFailureTest, AnEndIsBlamedOnTheCertificateWhereOneWasAskedFor) {
  TlsFacts facts;
  facts.error = ErrorOf(SSL_R_UNEXPECTED_EOF_WHILE_READING);
  TransportFailure failure = TlsFailureOf(facts);
  EXPECT_EQ(failure.reason, Reason::kTlsHandshakeCut);
  EXPECT_THAT(failure.detail, HasSubstr("closed by the peer"));
  facts.error = 0;
  facts.system_error = ECONNRESET;
  failure = TlsFailureOf(facts);
  EXPECT_EQ(failure.reason, Reason::kTlsHandshakeCut);
  EXPECT_THAT(failure.detail, HasSubstr("Connection reset by peer"));
  facts.asked_for_certificate = true;
  failure = TlsFailureOf(facts);
  EXPECT_EQ(failure.reason, Reason::kClientCertificateRequired);
  EXPECT_THAT(failure.detail, HasSubstr("Connection reset by peer"));
  facts.showed_certificate = true;
  EXPECT_EQ(TlsFailureOf(facts).reason, Reason::kClientCertificateRefused);
  facts.error = ErrorOf(SSL_R_BAD_WRITE_RETRY);
  EXPECT_EQ(TlsFailureOf(facts).reason, Reason::kClientCertificateRefused);
}

TEST(TlsFailureTest, WhatEndsTheConnectionIsNotOfTls) {
  EXPECT_FALSE(IsOfTls(0));
  EXPECT_FALSE(IsOfTls(ErrorOf(SSL_R_UNEXPECTED_EOF_WHILE_READING)));
  EXPECT_FALSE(IsOfTls(ErrorOf(SSL_R_BAD_WRITE_RETRY)));
  EXPECT_FALSE(IsOfTls(ErrorOf(SSL_R_PROTOCOL_IS_SHUTDOWN)));
  EXPECT_FALSE(IsOfTls(ERR_SYSTEM_FLAG | ECONNRESET));
  EXPECT_TRUE(IsOfTls(Alert(SSL_AD_CERTIFICATE_REQUIRED)));
}

}  // namespace
}  // namespace invocator
