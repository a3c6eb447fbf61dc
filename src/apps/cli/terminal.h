// What is known of the terminal, and text laid out for it. Widths count columns, not bytes: Korean
// and Chinese characters take two.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dure::cli {

size_t terminal_width();  // of stdout, $COLUMNS, or 100
bool stderr_is_terminal();

size_t display_width(std::string_view text);
std::string pad_right(std::string text, size_t width);  // text at the left
std::string pad_left(std::string text, size_t width);
// At most that wide; "…" tells that something was cut.
std::string cut_to(std::string_view text, size_t width);

// Lines of at most `width` columns, broken at spaces; a longer word stands alone.
std::vector<std::string> wrap(std::string_view text, size_t width);
// The same as one text, each line indented and ended.
std::string wrapped(std::string_view text, size_t indent, size_t width);

void print(std::string_view text);  // to stdout

}  // namespace dure::cli
