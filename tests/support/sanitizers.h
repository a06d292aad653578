// INVOCATOR_SANITIZED is defined where a sanitizer that takes address space at
// will (ASan, TSan) is compiled in, by gcc or clang.
#ifndef INVOCATOR_TESTS_SUPPORT_SANITIZERS_H_
#define INVOCATOR_TESTS_SUPPORT_SANITIZERS_H_

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INVOCATOR_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INVOCATOR_SANITIZED 1
#endif
#endif

#endif  // INVOCATOR_TESTS_SUPPORT_SANITIZERS_H_
