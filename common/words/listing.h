// Lists and counts, worded for messages. Pure.
#ifndef INVOCATOR_COMMON_WORDS_LISTING_H_
#define INVOCATOR_COMMON_WORDS_LISTING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace invocator {

// "a, b, c, d, e and 7 more".
std::string FirstFew(const std::vector<std::string>& names);

// "1 row", "2 rows"; `noun` has a plural in s.
std::string Counted(uint64_t count, absl::string_view noun);
// "1 row was", "2 rows were".
std::string CountedWere(uint64_t count, absl::string_view noun);

}  // namespace invocator

#endif  // INVOCATOR_COMMON_WORDS_LISTING_H_
