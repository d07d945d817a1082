#include "engine/wire/av1.h"

#include <gtest/gtest.h>

#include "engine/wire/hex_for_test.h"

namespace kcs::wire {
namespace {

TEST(Av1, AFirstPacketHasTheSequenceHeader) {
  // N, W 2: sequence header (with its length), then a frame OBU with layers T1 S2 without one.
  const auto p = Av1Payload::Parse(Hex("28 03 080102 34 30 aabb"));
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->new_coded_sequence);
  EXPECT_TRUE(p->has_sequence_header);
  EXPECT_TRUE(p->key_frame());
  EXPECT_TRUE(p->has_layer_indices);
  EXPECT_EQ(p->temporal_layer, 1);
  EXPECT_EQ(p->spatial_layer, 2);
}

TEST(Av1, AContinuedElementIsNotReadAsAHeader) {
  const auto p = Av1Payload::Parse(Hex("90 0a 0b"));  // Z, W 1; 0a looks like a sequence header
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->continues_obu);
  EXPECT_FALSE(p->has_sequence_header);
  EXPECT_FALSE(p->key_frame());
}

TEST(Av1, WithoutACountEveryElementHasALength) {
  const auto p =
      Av1Payload::Parse(Hex("00 02 1200 8100 08"));  // a delimiter; length 1 in two bytes: sequence header
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->has_sequence_header);
  EXPECT_FALSE(Av1Payload::Parse(Hex("00 02 1200 03 08")));
}

TEST(Av1, RejectsMalformedPayloads) {
  EXPECT_FALSE(Av1Payload::Parse({}));
  EXPECT_FALSE(Av1Payload::Parse(Hex("10")));
  EXPECT_FALSE(Av1Payload::Parse(Hex("98 0a")));                     // Z and N
  EXPECT_FALSE(Av1Payload::Parse(Hex("00 ffffffffffffffffff 01")));  // endless length
  EXPECT_FALSE(Av1Payload::Parse(Hex("00 ffffffffffffff7f 01")));    // 2^56 - 1 bytes
  EXPECT_FALSE(Av1Payload::Parse(Hex("20 05 0a")));                  // beyond the packet
}

}  // namespace
}  // namespace kcs::wire
