#include "apps/cli/terminal.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

namespace dure::cli {
namespace {

constexpr size_t kUsualWidth = 100;
constexpr size_t kLeastWidth = 40;

char32_t decode(std::string_view bytes) {
  static constexpr unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t c = static_cast<unsigned char>(bytes[0]) & first_bits[bytes.size()];
  for (const char byte : bytes.substr(1)) c = c << 6 | (static_cast<unsigned char>(byte) & 0x3F);
  return c;
}

// East Asian wide ranges (Unicode's EastAsianWidth W and F), coarsely.
size_t columns_of(char32_t c) {
  if (c >= 0x300 && c < 0x370) return 0;  // combining marks
  const bool wide = (c >= 0x1100 && c < 0x1160) || (c >= 0x2E80 && c < 0xA4D0) ||
                    (c >= 0xAC00 && c < 0xD7A4) || (c >= 0xF900 && c < 0xFB00) ||
                    (c >= 0xFE30 && c < 0xFE70) || (c >= 0xFF00 && c < 0xFF61) ||
                    (c >= 0x1F300 && c < 0x1FB00) || (c >= 0x20000 && c < 0x40000);
  return wide ? 2 : 1;
}

// Calls f(bytes, columns) for each character, until it returns false.
template <class F>
void characters(std::string_view text, F&& f) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    const std::string_view bytes = text.substr(0, std::max<size_t>(1, length));
    if (!f(bytes, length == 0 ? 1 : columns_of(decode(bytes)))) return;
    text.remove_prefix(bytes.size());
  }
}

}  // namespace

size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return std::max<size_t>(kLeastWidth, size.ws_col);
  }
  const char* columns = std::getenv("COLUMNS");
  const Result<int64_t> given = parse_int(columns == nullptr ? "" : columns, kLeastWidth, 10'000);
  return given ? static_cast<size_t>(*given) : kUsualWidth;
}

bool stderr_is_terminal() { return ::isatty(STDERR_FILENO) == 1; }

size_t display_width(std::string_view text) {
  size_t width = 0;
  characters(text, [&](std::string_view, size_t columns) {
    width += columns;
    return true;
  });
  return width;
}

std::string pad_right(std::string text, size_t width) {
  const size_t used = display_width(text);
  return used >= width ? text : text + std::string(width - used, ' ');
}

std::string pad_left(std::string text, size_t width) {
  const size_t used = display_width(text);
  return used >= width ? text : std::string(width - used, ' ') + text;
}

std::string cut_to(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  size_t used = 0;
  characters(text, [&](std::string_view bytes, size_t columns) {
    if (used + columns + 1 > width) return false;
    out += bytes;
    used += columns;
    return true;
  });
  return out + "…";
}

std::vector<std::string> wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  for (const std::string_view word : split(text, ' ')) {
    if (word.empty()) continue;
    if (!lines.empty() && display_width(lines.back()) + 1 + display_width(word) <= width) {
      (lines.back() += ' ') += word;
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

std::string wrapped(std::string_view text, size_t indent, size_t width) {
  std::string out;
  for (const std::string_view paragraph : split(trim(text), '\n')) {
    for (const std::string& line : wrap(paragraph, width > indent + 20 ? width - indent : 20)) {
      out += std::string(indent, ' ') + line + '\n';
    }
  }
  return out;
}

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace dure::cli
