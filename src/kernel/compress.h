// zstd over strings. Sizes are stored by the caller, so that a damaged stream cannot make us
// allocate more than the file said.
#pragma once

#include <string>
#include <string_view>

namespace dure {

std::string compress(std::string_view bytes, int level = 1);
// False when `bytes` does not hold exactly `size` bytes' worth of data.
bool decompress(std::string_view bytes, size_t size, std::string& out);

}  // namespace dure
