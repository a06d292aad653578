#include "common/aws/sigv4.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/aws/masking.h"

namespace invocator {
namespace {

constexpr absl::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr size_t kDayBytes = 8;  // YYYYMMDD
// Placeholders for dates and hashes in a layout, which Restamp overwrites.
constexpr absl::string_view kBlankDate = "00000000T000000Z";
constexpr absl::string_view kBlankHash =
    "0000000000000000000000000000000000000000000000000000000000000000";
static_assert(kBlankHash.size() == kSha256HexBytes);

std::string CredentialScope(absl::string_view day, const SigningScope& scope) {
  return absl::StrCat(day, "/", scope.region, "/", scope.service,
                      "/aws4_request");
}

std::string LayOutStringToSign(absl::string_view amz_date,
                               const SigningScope& scope,
                               absl::string_view hash) {
  return absl::StrCat(kAlgorithm, "\n", amz_date, "\n",
                      CredentialScope(amz_date.substr(0, kDayBytes), scope),
                      "\n", hash);
}

void Overwrite(std::string& text, size_t at, absl::string_view with) {
  text.replace(at, with.size(), with.data(), with.size());
}

// Overwrites `amz_date` with FormatAmzDate's, without allocating.
void OverwriteDate(std::string& amz_date, absl::Time wall) {
  const absl::CivilSecond t = absl::ToCivilSecond(wall, absl::UTCTimeZone());
  char* out = amz_date.data();
  const auto write = [&out](int64_t number, int digits) {
    for (int i = digits - 1; i >= 0; --i, number /= 10) {
      out[i] = static_cast<char>('0' + number % 10);
    }
    out += digits;
  };
  write(t.year(), 4);
  write(t.month(), 2);
  write(t.day(), 2);
  *out++ = 'T';
  write(t.hour(), 2);
  write(t.minute(), 2);
  write(t.second(), 2);
}

// Overwrites the hash that `text` ends with.
void OverwriteHash(std::string& text, const Sha256Digest& digest) {
  WriteHex(digest, text.data() + text.size() - kSha256HexBytes);
}

}  // namespace

std::string StringToSign(absl::string_view amz_date, const SigningScope& scope,
                         absl::string_view canonical_request) {
  return LayOutStringToSign(amz_date, scope, Sha256Hex(canonical_request));
}

std::string FormatAmzDate(absl::Time wall) {
  std::string amz_date(kBlankDate);
  OverwriteDate(amz_date, wall);
  return amz_date;
}

Signer::Signer(Credentials credentials)
    : credentials_(std::move(credentials)) {}

void Signer::set_credentials(Credentials credentials) {
  credentials_ = std::move(credentials);
  keys_.clear();
  ++generation_;
}

const HmacKey& Signer::DerivedKey(absl::string_view date,
                                  const SigningScope& scope) {
  auto key = std::find_if(keys_.begin(), keys_.end(),
                          [&](const Key& k) { return k.scope == scope; });
  if (key != keys_.end() && key->date == date) return key->hmac;

  std::string bytes =
      HmacSha256(absl::StrCat("AWS4", credentials_.secret_access_key), date);
  for (absl::string_view part :
       {absl::string_view(scope.region), absl::string_view(scope.service),
        absl::string_view("aws4_request")}) {
    bytes = HmacSha256(bytes, part);
  }
  if (key != keys_.end()) {
    keys_.erase(key);
  } else if (keys_.size() == kMaxKeys) {
    keys_.erase(keys_.begin());
  }
  keys_.push_back({std::string(date), scope, HmacKey(bytes)});
  return keys_.back().hmac;
}

std::string Signer::Sign(absl::string_view amz_date, const SigningScope& scope,
                         absl::string_view string_to_sign) {
  std::string signature(kSha256HexBytes, '\0');
  WriteHex(DerivedKey(amz_date.substr(0, kDayBytes), scope).Mac(string_to_sign),
           signature.data());
  return signature;
}

PreparedSignature::PreparedSignature(Signer& signer, SigningScope scope,
                                     absl::string_view method,
                                     const Endpoint& endpoint,
                                     std::vector<Header> headers,
                                     absl::string_view payload_sha256)
    : signer_(signer), scope_(std::move(scope)) {
  request_.method = std::string(method);
  request_.path = endpoint.path;
  request_.query = endpoint.query;
  request_.payload_sha256 = std::string(payload_sha256);
  request_.headers.emplace_back("host", endpoint.host);
  for (Header& header : headers) {
    if (IsSignableHeader(header.first) &&
        !absl::EqualsIgnoreCase(header.first, "host") &&
        !absl::EqualsIgnoreCase(header.first, "x-amz-date") &&
        !absl::EqualsIgnoreCase(header.first, "x-amz-security-token")) {
      request_.headers.push_back(std::move(header));
    }
  }
  LayOut();
}

void PreparedSignature::LayOut() {
  static constexpr absl::string_view kDateLine = "\nx-amz-date:";
  const Credentials& credentials = signer_.credentials();
  SignedRequest request = request_;
  request.headers.emplace_back("x-amz-date", kBlankDate);
  if (!credentials.session_token.empty()) {
    request.headers.emplace_back("x-amz-security-token",
                                 credentials.session_token);
  }
  canonical_ = CanonicalRequest(request);
  canonical_date_at_ = canonical_.find(kDateLine.data()) + kDateLine.size();
  string_to_sign_ = LayOutStringToSign(kBlankDate, scope_, kBlankHash);

  const std::string start =
      absl::StrCat(kAlgorithm, " Credential=", credentials.access_key_id, "/");
  authorization_date_at_ = start.size();
  stamp_.authorization = absl::StrCat(
      start, CredentialScope(kBlankDate.substr(0, kDayBytes), scope_),
      ", SignedHeaders=", SignedHeaderNames(request.headers),
      ", Signature=", kBlankHash);
  stamp_.amz_date = std::string(kBlankDate);
  generation_ = signer_.generation();
  stamped_unix_s_.reset();
}

std::string PreparedSignature::MaskedCanonicalRequest(int64_t unix_s) const {
  SignedRequest request = request_;
  request.headers.emplace_back("x-amz-date",
                               FormatAmzDate(absl::FromUnixSeconds(unix_s)));
  if (!signer_.credentials().session_token.empty()) {
    request.headers.emplace_back("x-amz-security-token", kMaskedToken);
  }
  return CanonicalRequest(request);
}

const PreparedSignature::Stamp& PreparedSignature::At(int64_t unix_s) {
  if (generation_ != signer_.generation()) LayOut();
  if (unix_s != stamped_unix_s_) Restamp(unix_s);
  return stamp_;
}

void PreparedSignature::Restamp(int64_t unix_s) {
  static constexpr size_t kDateAt = kAlgorithm.size() + 1;
  static constexpr size_t kScopeAt = kDateAt + kBlankDate.size() + 1;

  OverwriteDate(stamp_.amz_date, absl::FromUnixSeconds(unix_s));
  const absl::string_view day =
      absl::string_view(stamp_.amz_date).substr(0, kDayBytes);

  Overwrite(canonical_, canonical_date_at_, stamp_.amz_date);
  Overwrite(string_to_sign_, kDateAt, stamp_.amz_date);
  Overwrite(string_to_sign_, kScopeAt, day);
  OverwriteHash(string_to_sign_, Sha256(canonical_));
  Overwrite(stamp_.authorization, authorization_date_at_, day);
  OverwriteHash(stamp_.authorization,
                signer_.DerivedKey(day, scope_).Mac(string_to_sign_));
  stamped_unix_s_ = unix_s;
}

}  // namespace invocator
