#include "kernel/compress.h"

#include <zstd.h>

#include "base/assert.h"

namespace dure {

std::string compress(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const size_t n = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), level);
  DURE_ASSERT(!ZSTD_isError(n), ZSTD_getErrorName(n));
  out.resize(n);
  return out;
}

bool decompress(std::string_view bytes, size_t size, std::string& out) {
  // zstd compresses at most about 1 : 2^17 (a block of 128 KiB in 4 bytes): more is a lie.
  if (size / (1 << 18) > bytes.size()) return false;
  if (ZSTD_getFrameContentSize(bytes.data(), bytes.size()) != size) return false;
  out.resize(size);
  return ZSTD_decompress(out.data(), size, bytes.data(), bytes.size()) == size;
}

}  // namespace dure
