// Names in a sentence for people: the first few, and how many there are more.
// Pure.
#ifndef INVOCATOR_COMMON_LISTING_H_
#define INVOCATOR_COMMON_LISTING_H_

#include <string>
#include <vector>

namespace invocator {

// "a, b, c, d, e and 7 more".
std::string FirstFew(const std::vector<std::string>& names);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_LISTING_H_
