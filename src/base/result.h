// Result<T>: a value, or an Error that tells a user what is wrong with *their* input (scenario,
// trace, flag, message, snapshot): where it is, what was expected and what was found, in one
// sentence. Our own bugs are DURE_ASSERT's, not Errors.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace dure {

struct Error {
  std::string message;    // one sentence: what was expected, what was found, what to do
  std::string file = {};  // empty when the input is not a file
  int line = 0;           // 1-based; 0 when unknown
  int column = 0;         // 1-based; 0 when unknown
  std::string key = {};   // dotted key in a scenario or column in a table; empty when none

  // "jobs.csv:12:3: gpus: expected a whole number, found \"x\""
  std::string text() const;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& {
    check();
    return *std::get_if<0>(&state_);
  }
  T& value() & {
    check();
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    check();
    return std::move(*std::get_if<0>(&state_));
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const Error& error() const {
    DURE_ASSERT(!ok(), "error() of a good Result");
    return *std::get_if<1>(&state_);
  }

 private:
  void check() const { DURE_ASSERT(ok(), error().text().c_str()); }
  std::variant<T, Error> state_;
};

// A Result that carries no value: `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    DURE_ASSERT(error_, "error() of a good Result");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace dure

#define DURE_CONCAT_(a, b) a##b
#define DURE_CONCAT(a, b) DURE_CONCAT_(a, b)

// DURE_TRY(auto x, f());  x = f()'s value, or return f()'s Error from this function.
#define DURE_TRY(declaration, expression) \
  DURE_TRY_(DURE_CONCAT(dure_try_, __LINE__), declaration, expression)
#define DURE_TRY_(name, declaration, expression) \
  auto name = (expression);                      \
  if (!name) return name.error();                \
  declaration = *std::move(name)

// DURE_CHECK(f());  return f()'s Error from this function, if it has one.
#define DURE_CHECK(expression)                                                     \
  do {                                                                             \
    if (auto dure_check_ = (expression); !dure_check_) return dure_check_.error(); \
  } while (false)
