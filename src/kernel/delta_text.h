// Long rows of small whole numbers as short text, for the report page's films.
//
// Each number is written as its difference from the one before it (the first from 0), zigzag coded
// (0, -1, 1, -2 become 0, 1, 2, 3), in groups of seven bits, lowest first, the top bit set on all
// but the last. After a difference of 0 stands, coded alike but without zigzag, how many more zeros
// follow. The bytes are base64 with padding. studio/src/lib/film.ts reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace dure {

std::string delta_text(std::span<const int32_t> values);

}  // namespace dure
