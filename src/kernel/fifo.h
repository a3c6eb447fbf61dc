// Fifo<T>: a line of plain values, first in first out, in one vector: what a world keeps its
// waiting customers, lots or packets in. Copies, digests and saves only those in line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/assert.h"
#include "base/plain.h"

namespace dure {

template <Plain T>
class Fifo {
 public:
  size_t size() const { return items_.size() - front_; }
  bool empty() const { return size() == 0; }
  // From the front, i < size().
  const T& operator[](size_t i) const { return items_[front_ + i]; }

  void push(const T& item) { items_.push_back(item); }
  T pop() {
    DURE_ASSERT(!empty(), "pop from an empty Fifo");
    const T item = items_[front_++];
    if (front_ >= 32 && front_ * 2 >= items_.size()) compact();
    return item;
  }

  void fields(auto& visit) {
    if constexpr (requires { visit.fail(); }) {
      visit(items_);
      front_ = 0;
    } else {
      visit(uint64_t{size()});
      visit.raw(items_.data() + front_, size() * sizeof(T));
    }
  }

 private:
  void compact() {
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(front_));
    front_ = 0;
  }

  std::vector<T> items_;
  size_t front_ = 0;  // those before it are gone
};

}  // namespace dure
