// Writes JSON compactly, token by token: no blanks, members in the order given,
// numbers digit by digit as they were written.
//
// Thread-compatible.
#ifndef INVOCATOR_COORDINATOR_JSON_COMPACT_JSON_H_
#define INVOCATOR_COORDINATOR_JSON_COMPACT_JSON_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace invocator {

class CompactJson {
 public:
  // A number, true, false or null, as it stands in the text.
  void Literal(absl::string_view token);
  void String(const std::string& value);
  // Key of the member whose value comes next.
  void Key(const std::string& key);
  void Open(char bracket);
  void Close(char bracket);

  // Number of open containers.
  int depth() const { return depth_; }

  // Text written since the last call. REQUIRES: depth() == 0
  std::string Take() { return std::exchange(text_, {}); }

 private:
  void Separate();

  std::string text_;
  int depth_ = 0;
  bool after_key_ = false;
  bool first_ = true;  // in its container
};

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_JSON_COMPACT_JSON_H_
