// What the parts of World share.
#pragma once

#include "base/time.h"

namespace dure::fab {

// never() beyond the calendar's end
inline Time later(Time t, Duration d) { return d < Time::never() - t ? t + d : Time::never(); }

// Of a word of random bits, in (0, 1).
inline double fraction(uint32_t word) { return (word + 0.5) * 0x1p-32; }

}  // namespace dure::fab
