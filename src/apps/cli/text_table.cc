#include "apps/cli/text_table.h"

#include <algorithm>

#include "apps/cli/terminal.h"

namespace dure::cli {
namespace {

constexpr size_t kGap = 2;         // between columns
constexpr size_t kLeastLast = 24;  // a wrapped last column is not narrower

}  // namespace

std::vector<size_t> TextTable::widths() const {
  std::vector<size_t> out;
  for (const auto& row : rows_) {
    out.resize(std::max(out.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) out[i] = std::max(out[i], display_width(row[i]));
  }
  return out;
}

size_t TextTable::width(size_t indent) const {
  size_t sum = indent;
  for (const size_t w : widths()) sum += w + kGap;
  return sum > indent ? sum - kGap : sum;
}

std::string TextTable::text(size_t indent, size_t max_width) const {
  const std::vector<size_t> width = widths();
  if (width.empty()) return "";
  const size_t last = width.size() - 1;
  size_t before_last = indent;
  for (size_t i = 0; i < last; ++i) before_last += width[i] + kGap;
  size_t room = width[last];
  if (max_width > 0 && before_last + room > max_width && !at_right(last)) {
    room = max_width > before_last + kLeastLast ? max_width - before_last : kLeastLast;
  }

  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (size_t i = 0; i < row.size(); ++i) {
      if (i == last && display_width(row[i]) > room) {
        const std::vector<std::string> lines = wrap(row[i], room);
        for (size_t n = 0; n < lines.size(); ++n) {
          if (n > 0) line += '\n' + std::string(before_last, ' ');
          line += lines[n];
        }
        continue;
      }
      line += at_right(i) ? pad_left(row[i], width[i]) : pad_right(row[i], width[i]);
      if (i < last) line += std::string(kGap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace dure::cli
