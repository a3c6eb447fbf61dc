// Rows of text in aligned columns.
#pragma once

#include <string>
#include <vector>

namespace dure::cli {

class TextTable {
 public:
  enum class Align { left, right };

  // Columns beyond those given are at the left.
  explicit TextTable(std::vector<Align> columns = {}) : align_(std::move(columns)) {}

  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  size_t rows() const { return rows_.size(); }

  size_t width(size_t indent = 0) const;
  // The last column is wrapped when it is at the left and the lines would be wider than `max_width`
  // (0: any width).
  std::string text(size_t indent = 0, size_t max_width = 0) const;

 private:
  std::vector<size_t> widths() const;
  bool at_right(size_t column) const {
    return column < align_.size() && align_[column] == Align::right;
  }

  std::vector<Align> align_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace dure::cli
