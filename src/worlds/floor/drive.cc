#include "worlds/floor/drive.h"

#include <algorithm>
#include <cmath>

namespace dure::floor {
namespace {

// The parts of a stretch.
struct Parts {
  double peak, rise_s, cruise_s, fall_s;
};
Parts parts(const Stretch& s) {
  if (std::isinf(s.accel)) return {s.limit, 0, s.metres / s.limit, 0};
  const double in2 = s.v_in * s.v_in, out2 = s.v_out * s.v_out;
  const double peak = std::sqrt((in2 + out2) / 2 + s.accel * s.metres);
  if (peak > s.limit) {
    const double cruise = s.metres - (s.limit * s.limit - (in2 + out2) / 2) / s.accel;
    return {s.limit, (s.limit - s.v_in) / s.accel, cruise / s.limit, (s.limit - s.v_out) / s.accel};
  }
  // Rounding may leave the peak a little below either end.
  return {peak, std::max(0.0, peak - s.v_in) / s.accel, 0, std::max(0.0, peak - s.v_out) / s.accel};
}

}  // namespace

double Stretch::seconds() const {
  if (metres <= 0) return 0;
  const Parts p = parts(*this);
  return p.rise_s + p.cruise_s + p.fall_s;
}

Stretch::Point Stretch::after(double t) const {
  const Parts p = parts(*this);
  const double total = p.rise_s + p.cruise_s + p.fall_s;
  if (metres <= 0 || t >= total) return {metres, v_out};
  if (t < p.rise_s) return {t * (v_in + accel * t / 2), v_in + accel * t};
  if (t < p.rise_s + p.cruise_s) {
    const double rise = p.rise_s > 0 ? p.rise_s * (v_in + p.peak) / 2 : 0;
    return {std::min(metres, rise + (t - p.rise_s) * p.peak), p.peak};
  }
  const double left = total - t;
  return {metres - left * (v_out + accel * left / 2), std::min(p.peak, v_out + accel * left)};
}

double exit_speed(double v_in, double limit, double accel, double metres, double ahead) {
  if (ahead <= 0) return 0;
  if (std::isinf(accel)) return limit;
  const double in2 = v_in * v_in, change = 2 * accel * metres;
  const double fastest = std::min(limit, std::sqrt(std::min(in2 + change, 2 * accel * ahead)));
  return std::max(fastest, std::sqrt(std::max(0.0, in2 - change)));
}

}  // namespace dure::floor
