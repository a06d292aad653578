// A throw-away certificate for 127.0.0.1 and localhost, made anew in a folder
// of its own, which goes when this does.
#ifndef INVOCATOR_TESTS_SUPPORT_SELF_SIGNED_H_
#define INVOCATOR_TESTS_SUPPORT_SELF_SIGNED_H_

#include <string>

namespace invocator {

class SelfSigned {
 public:
  SelfSigned();
  ~SelfSigned();
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;

  // PEM files. The certificate is its own CA.
  std::string cert_file() const { return folder_ + "/cert.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

 private:
  std::string folder_;
};

}  // namespace invocator

#endif  // INVOCATOR_TESTS_SUPPORT_SELF_SIGNED_H_
