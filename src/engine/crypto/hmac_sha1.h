#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace kcs::crypto {

// HMAC-SHA1 (RFC 2104) with a key whose two padded blocks are hashed once. Computing allocates nothing.
class HmacSha1 {
 public:
  static constexpr std::size_t kSize = 20;
  using Digest = std::array<std::uint8_t, kSize>;

  explicit HmacSha1(Bytes key);  // at most 64 bytes
  ~HmacSha1();
  HmacSha1(const HmacSha1&) = delete;
  HmacSha1& operator=(const HmacSha1&) = delete;

  // Over a, b and c one after another; any may be empty.
  Digest Compute(Bytes a, Bytes b = {}, Bytes c = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kcs::crypto
