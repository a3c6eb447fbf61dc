// One list of a world's state serves digest, snapshot and restore. A type that holds state says
//
//   void fields(auto& visit) { visit(now, busy, waiting, events); }
//
// and Digester, StateWriter and StateReader visit it. Fields may be Plain values (numbers, Time,
// Id, packed structs), std::string, std::array, std::optional, std::variant, std::vector of any of
// these, and types with fields(). Plain vectors are taken as bytes, at memory speed.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "base/plain.h"
#include "base/result.h"

namespace dure {

namespace archive_detail {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsArray : std::false_type {};
template <class T, size_t N>
struct IsArray<std::array<T, N>> : std::true_type {};

template <class T>
struct IsVariant : std::false_type {};
template <class... T>
struct IsVariant<std::variant<T...>> : std::true_type {};

template <class T, class V>
concept HasFields = requires(T& t, V& v) {
  t.fields(v);
};

// Walks a value and hands its bytes to Self::raw(pointer, size) and its sizes to Self::count().
template <class Self>
class Output {
 public:
  template <class... T>
  void operator()(const T&... values) {
    (one(values), ...);
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }

  template <class T>
  void one(const T& value) {
    if constexpr (std::is_empty_v<T>) {
    } else if constexpr (HasFields<T, Self>) {
      const_cast<T&>(value).fields(self());  // outputs only read
    } else if constexpr (Plain<T>) {
      self().raw(&value, sizeof value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      count(value.size());
      self().raw(value.data(), value.size());
    } else if constexpr (IsOptional<T>::value) {
      one(value.has_value());
      if (value) one(*value);
    } else if constexpr (IsArray<T>::value) {
      for (const auto& x : value) one(x);
    } else if constexpr (IsVariant<T>::value) {
      one(static_cast<uint32_t>(value.index()));
      std::visit([this](const auto& x) { this->one(x); }, value);
    } else {
      static_assert(
          IsVector<T>::value,
          "state must be Plain, a string, array, optional, variant or vector, or have fields()");
      count(value.size());
      using E = typename T::value_type;
      if constexpr (Plain<E> && !HasFields<E, Self>) {
        if (!value.empty()) self().raw(value.data(), value.size() * sizeof(E));
      } else {
        for (const auto& x : value) one(x);
      }
    }
  }
  void count(uint64_t n) { self().raw(&n, sizeof n); }
};

}  // namespace archive_detail

class Digester : public archive_detail::Output<Digester> {
 public:
  void raw(const void* data, size_t size) { digest_.bytes(data, size); }
  uint64_t finish() const { return digest_.finish(); }

 private:
  Digest digest_;
};

class StateWriter : public archive_detail::Output<StateWriter> {
 public:
  void raw(const void* data, size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

// Reads back what a StateWriter wrote. Never reads past the end nor allocates more than the bytes
// left can fill: on damaged input ok() turns false and stays so, values are unspecified but valid.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : left_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (one(values), ...);
  }

  bool ok() const { return ok_; }
  // For a fields() that finds that what it has read cannot be.
  void fail() { ok_ = false; }
  bool finished() const { return ok_ && left_.empty(); }
  size_t left() const { return left_.size(); }  // bytes not read yet

 private:
  template <class T>
  void one(T& value) {
    if (!ok_) return;
    if constexpr (std::is_empty_v<T>) {
    } else if constexpr (archive_detail::HasFields<T, StateReader>) {
      value.fields(*this);
    } else if constexpr (std::is_same_v<T, bool>) {
      unsigned char byte = 0;
      take(&byte, 1);
      ok_ = ok_ && byte <= 1;
      value = byte == 1;
    } else if constexpr (Plain<T>) {
      take(&value, sizeof value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      const size_t n = count(1);
      value.assign(left_.substr(0, n));
      left_.remove_prefix(n);
    } else if constexpr (archive_detail::IsOptional<T>::value) {
      bool has = false;
      one(has);
      if (has)
        one(value.emplace());
      else
        value.reset();
    } else if constexpr (archive_detail::IsArray<T>::value) {
      for (auto& x : value) one(x);
    } else if constexpr (archive_detail::IsVariant<T>::value) {
      uint32_t index = 0;
      take(&index, sizeof index);
      alternative(value, index, std::make_index_sequence<std::variant_size_v<T>>{});
    } else {
      using E = typename T::value_type;
      if constexpr (Plain<E> && !archive_detail::HasFields<E, StateReader>) {
        value.resize(count(sizeof(E)));
        if (!value.empty()) take(value.data(), value.size() * sizeof(E));
      } else {
        value.clear();
        const size_t n = count(1);
        for (size_t i = 0; i < n && ok_; ++i) one(value.emplace_back());
      }
    }
  }

  template <class T, size_t... I>
  void alternative(T& value, uint32_t index, std::index_sequence<I...>) {
    ok_ = ok_ && index < sizeof...(I);
    if (ok_) ((I == index ? one(value.template emplace<I>()) : void()), ...);
  }

  void take(void* to, size_t size) {
    if (size > left_.size()) {
      ok_ = false;
      return;
    }
    std::memcpy(to, left_.data(), size);
    left_.remove_prefix(size);
  }
  size_t count(size_t element_size) {
    uint64_t n = 0;
    take(&n, sizeof n);
    if (!ok_ || n > left_.size() / element_size) {
      ok_ = false;
      return 0;
    }
    return static_cast<size_t>(n);
  }

  std::string_view left_;
  bool ok_ = true;
};

// The fingerprint of anything with fields().
template <class T>
uint64_t digest_of(const T& value) {
  Digester d;
  d(value);
  return d.finish();
}

}  // namespace dure
