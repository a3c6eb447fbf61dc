// What the parts of World share.
#pragma once

#include "base/time.h"

namespace dure::floor {

// never() beyond the calendar's end
inline Time later(Time t, Duration d) { return d < Time::never() - t ? t + d : Time::never(); }

}  // namespace dure::floor
