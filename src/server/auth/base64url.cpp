#include "server/auth/base64url.h"

#include <algorithm>

#include "server/auth/cjose_handles.h"

namespace kcs::auth {

std::vector<std::uint8_t> DecodeBase64Url(std::string_view text) {
  const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (text.empty() || !clean) return {};
  std::uint8_t* data = nullptr;
  std::size_t size = 0;
  cjose_err error{};
  if (!cjose_base64url_decode(text.data(), text.size(), &data, &size, &error)) return {};
  std::vector<std::uint8_t> out(data, data + size);
  cjose_get_dealloc()(data);
  return out;
}

}  // namespace kcs::auth
