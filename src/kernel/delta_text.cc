#include "kernel/delta_text.h"

#include <algorithm>
#include <string_view>

namespace dure {
namespace {

void put(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7F));
  out += static_cast<char>(value);
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t j = i; j < i + 3; ++j)
      three = three << 8 | (j < bytes.size() ? static_cast<uint8_t>(bytes[j]) : 0u);
    const size_t known = std::min<size_t>(3, bytes.size() - i);
    for (size_t j = 0; j < 4; ++j) out += j <= known ? digits[three >> (18 - 6 * j) & 0x3F] : '=';
  }
  return out;
}

}  // namespace

std::string delta_text(std::span<const int32_t> values) {
  std::string bytes;
  int64_t last = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const int64_t delta = values[i] - last;
    last = values[i];
    put(bytes,
        delta < 0 ? static_cast<uint64_t>(-delta) * 2 - 1 : static_cast<uint64_t>(delta) * 2);
    if (delta != 0) continue;
    uint64_t more = 0;
    for (; i + 1 < values.size() && values[i + 1] == last; ++i) ++more;
    put(bytes, more);
  }
  return base64(bytes);
}

}  // namespace dure
