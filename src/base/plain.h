// Plain<T>: a type whose bytes are its value: trivially copyable and without padding. Only such
// types go byte-wise into digests, snapshots and messages, so that a padding hole (whose bytes are
// random) is a compile error and not a digest that differs once a week. A struct that holds a
// double is not Plain (C++ cannot tell its padding): it gives a fields() member instead, see
// kernel/archive.h. A pointer is Plain to C++; worlds hold none (DESIGN: a world is a value).
#pragma once

#include <type_traits>

namespace dure {

template <class T>
concept Plain = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> &&
                (std::has_unique_object_representations_v<T> || std::is_same_v<T, double> ||
                 std::is_same_v<T, float>);

}  // namespace dure
