#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

// RFC 4648 section 5 without padding, by cjose; for the sources of this room only.
namespace kcs::auth {

// Empty when `text` is empty or not base64url.
std::vector<std::uint8_t> DecodeBase64Url(std::string_view text);

}  // namespace kcs::auth
