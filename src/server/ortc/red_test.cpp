#include "server/ortc/red.h"

#include <gtest/gtest.h>

namespace kcs::ortc {
namespace {

TEST(Red, FindsItsPrimaryCodecHoweverTheSdpWasRead) {
  EXPECT_EQ(RedPrimaryPayloadType({{"", "111/111"}}), 111);
  EXPECT_EQ(RedPrimaryPayloadType({{"111/111", ""}}), 111);
  EXPECT_EQ(RedPrimaryPayloadType({{"63/63/63", ""}}), 63);
}

TEST(Red, IsWithoutPrimaryWhenNoneIsNamed) {
  EXPECT_FALSE(RedPrimaryPayloadType({}));
  EXPECT_FALSE(RedPrimaryPayloadType({{"useinbandfec", 1}}));
  EXPECT_FALSE(RedPrimaryPayloadType({{"", "300/300"}}));
  EXPECT_FALSE(RedPrimaryPayloadType({{"", "128/128"}}));
  EXPECT_FALSE(RedPrimaryPayloadType({{"", 111}}));
}

}  // namespace
}  // namespace kcs::ortc
