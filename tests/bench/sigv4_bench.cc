// What a signature costs on the send path.
#include <benchmark/benchmark.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <string>

#include "common/aws/sigv4.h"
#include "common/base/sha256.h"

namespace invocator {
namespace {

constexpr int64_t kNow = 1440938160;

Endpoint BenchEndpoint() {
  return {"abc123.execute-api.us-east-1.amazonaws.com", "/default/chameleon",
          "format=json"};
}

PreparedSignature Prepare(Signer& signer, absl::string_view payload_sha256) {
  return {
      signer,          {"us-east-1", "execute-api"},           "POST",
      BenchEndpoint(), {{"Content-Type", "application/json"}}, payload_sha256};
}

Signer MakeSigner(size_t token_bytes) {
  return Signer({"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                 std::string(token_bytes, 't')});
}

void SameSecond(benchmark::State& state) {
  Signer signer = MakeSigner(0);
  PreparedSignature prepared = Prepare(signer, Sha256Hex("{}"));
  for (auto _ : state) benchmark::DoNotOptimize(&prepared.At(kNow));
}
BENCHMARK(SameSecond);

// Also what a call costs when every payload's signature is of a second ago.
void NewSecond(benchmark::State& state) {
  Signer signer = MakeSigner(static_cast<size_t>(state.range(0)));
  PreparedSignature prepared = Prepare(signer, Sha256Hex("{}"));
  int64_t unix_s = kNow;
  for (auto _ : state) {
    benchmark::DoNotOptimize(&prepared.At(kNow + ++unix_s % 3600));
  }
}
BENCHMARK(NewSecond)->ArgName("token_bytes")->Arg(0)->Arg(1000);

// Laying a request out from the start, for a payload not seen before.
void NewPayloadHash(benchmark::State& state) {
  Signer signer = MakeSigner(0);
  std::string hash = Sha256Hex("{}");
  for (auto _ : state) {
    PreparedSignature prepared = Prepare(signer, hash);
    benchmark::DoNotOptimize(&prepared.At(kNow));
  }
}
BENCHMARK(NewPayloadHash);

void BodyHash(benchmark::State& state) {
  const std::string body(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(Sha256(body));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BodyHash)->ArgName("body_bytes")->Arg(2)->Arg(10 * 1024);

// A canonical request and a string to sign, by common/base/sha256 and by the
// one-shots of OpenSSL that it does without.
void HashOfARequest(benchmark::State& state) {
  const std::string text(300, 't');
  for (auto _ : state) benchmark::DoNotOptimize(Sha256(text));
}
BENCHMARK(HashOfARequest);

void OneShotHashOfARequest(benchmark::State& state) {
  const std::string text(300, 't');
  Sha256Digest digest;
  for (auto _ : state) {
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           digest.data());
    benchmark::DoNotOptimize(digest);
  }
}
BENCHMARK(OneShotHashOfARequest);

void MacOfAStringToSign(benchmark::State& state) {
  const HmacKey key(std::string(32, 'k'));
  const std::string text(150, 't');
  for (auto _ : state) benchmark::DoNotOptimize(key.Mac(text));
}
BENCHMARK(MacOfAStringToSign);

void OneShotMacOfAStringToSign(benchmark::State& state) {
  const std::string key(32, 'k');
  const std::string text(150, 't');
  Sha256Digest digest;
  for (auto _ : state) {
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         digest.data(), nullptr);
    benchmark::DoNotOptimize(digest);
  }
}
BENCHMARK(OneShotMacOfAStringToSign);

}  // namespace
}  // namespace invocator
