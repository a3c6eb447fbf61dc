// Digest: a 64-bit fingerprint of a byte stream, equal on every x86-64, compiler and optimisation
// level. Four independent lanes of multiply-xorshift, about 10 GB/s: fast enough to fingerprint a
// whole world often. It finds accidental differences; it is no defence against deliberate ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/plain.h"

namespace dure {

class Digest {
 public:
  // The digest depends on the concatenation of all bytes only, not on how they were cut.
  void bytes(const void* data, size_t size);
  void text(std::string_view s) {
    value(static_cast<uint64_t>(s.size()));
    bytes(s.data(), s.size());
  }
  template <Plain T>
  void value(const T& x) {
    bytes(&x, sizeof x);
  }

  uint64_t finish() const;

 private:
  void block(const unsigned char* p);

  uint64_t lanes_[4] = {0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0,
                        0x082EFA98EC4E6C89};
  unsigned char pending_[32] = {};
  uint64_t size_ = 0;
};

// "0x0123456789abcdef"
std::string digest_text(uint64_t digest);

}  // namespace dure
