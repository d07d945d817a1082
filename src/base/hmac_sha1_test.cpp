#include "base/hmac_sha1.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace kcs {
namespace {

std::string Hex(const HmacSha1::Digest& digest) {
  std::string text;
  for (const std::uint8_t byte : digest) {
    for (const int nibble : {byte >> 4, byte & 15}) text += "0123456789abcdef"[nibble];
  }
  return text;
}

struct Case {
  std::string key;
  std::string_view data;
  std::string_view digest;
};

// RFC 2202 section 3: test cases 1, 2, 6 and 7.
const std::vector<Case>& Cases() {
  static const std::vector<Case> cases{
      {std::string(20, '\x0b'), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
      {"Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
      {std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
      {std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
       "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"},
  };
  return cases;
}

TEST(HmacSha1, ComputesWhatTheRfcSays) {
  for (const Case& c : Cases()) {
    EXPECT_EQ(Hex(HmacSha1::Of(AsBytes(c.key), AsBytes(c.data))), c.digest);
    EXPECT_EQ(Hex(HmacSha1(AsBytes(c.key)).Compute(AsBytes(c.data))), c.digest);
  }
}

TEST(HmacSha1, PartsOneAfterAnotherAreAsTheWhole) {
  const HmacSha1 hmac(AsBytes(std::string_view("Jefe")));
  const Bytes data = AsBytes(Cases()[1].data);
  EXPECT_EQ(hmac.Compute(data.first(5), data.subspan(5, 7), data.subspan(12)), hmac.Compute(data));
  EXPECT_EQ(hmac.Compute({}, data), hmac.Compute(data));
}

}  // namespace
}  // namespace kcs
