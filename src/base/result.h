#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace kcs {

// A value or the reason why there is none. Bad input is a value, never an exception.
template <typename T, typename E = std::string>
using Result = tl::expected<T, E>;

template <typename E>
[[nodiscard]] constexpr auto Fail(E&& error) {
  return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}
[[nodiscard]] inline auto Fail(const char* error) { return tl::unexpected<std::string>(error); }

}  // namespace kcs
