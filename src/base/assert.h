// DURE_ASSERT checks an invariant of ours; it is on in every build. A failed one is a bug in Dure,
// never the user's fault: it prints where and why, and aborts. Bad input is a dure::Error instead.
#pragma once

#include <cstdio>
#include <cstdlib>

#define DURE_ASSERT(condition, why)                                                               \
  do {                                                                                            \
    if (!(condition)) [[unlikely]] {                                                              \
      std::fprintf(stderr, "%s:%d: bug in dure: %s (%s)\n", __FILE__, __LINE__, why, #condition); \
      std::abort();                                                                               \
    }                                                                                             \
  } while (false)
