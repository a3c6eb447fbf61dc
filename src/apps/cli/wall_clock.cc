#include "apps/cli/wall_clock.h"

#include <ctime>

#include "base/time.h"

namespace dure::cli {

std::string utc_now() { return to_string(Time{int64_t{std::time(nullptr)} * 1'000'000'000}); }

std::string local_time(const std::string& utc) {
  const Result<Time> time = parse_time(utc);
  if (!time) return utc;
  const std::time_t seconds = time->ns / 1'000'000'000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
  return text;
}

std::string today() { return utc_now().substr(0, 10); }

}  // namespace dure::cli
