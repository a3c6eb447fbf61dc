#include "base/digest.h"

#include <algorithm>

namespace dure {
namespace {

constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio

uint64_t mix(uint64_t lane, uint64_t word) {
  lane = (lane ^ word) * kMultiplier;
  return lane ^ (lane >> 29);
}

}  // namespace

void Digest::block(const unsigned char* p) {
  uint64_t words[4];
  std::memcpy(words, p, sizeof words);
  for (int i = 0; i < 4; ++i) lanes_[i] = mix(lanes_[i], words[i]);
}

void Digest::bytes(const void* data, size_t size) {
  if (size == 0) return;  // data may be null then
  const auto* p = static_cast<const unsigned char*>(data);
  const size_t filled = size_ % sizeof pending_;
  size_ += size;
  if (filled > 0) {
    const size_t take = std::min(size, sizeof pending_ - filled);
    std::memcpy(pending_ + filled, p, take);
    if (filled + take < sizeof pending_) return;
    block(pending_);
    p += take;
    size -= take;
  }
  for (; size >= sizeof pending_; p += sizeof pending_, size -= sizeof pending_) block(p);
  if (size > 0) std::memcpy(pending_, p, size);
}

uint64_t Digest::finish() const {
  Digest copy = *this;
  const size_t filled = size_ % sizeof pending_;
  std::memset(copy.pending_ + filled, 0, sizeof pending_ - filled);
  copy.block(copy.pending_);
  uint64_t out = size_;
  for (const uint64_t lane : copy.lanes_) out = mix(mix(out, lane), lane >> 32);
  return out;
}

std::string digest_text(uint64_t digest) {
  static const char* const hex = "0123456789abcdef";
  std::string out = "0x";
  for (int shift = 60; shift >= 0; shift -= 4) out += hex[(digest >> shift) & 15];
  return out;
}

}  // namespace dure
