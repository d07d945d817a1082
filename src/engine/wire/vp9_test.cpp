#include "engine/wire/vp9.h"

#include <gtest/gtest.h>

#include "engine/wire/hex_for_test.h"

namespace kcs::wire {
namespace {

TEST(Vp9, ReadsNonFlexibleMode) {
  // I P L B E; 15-bit picture id; TID 1, U, SID 2, D; TL0PICIDX.
  const auto d = Vp9Descriptor::Parse(Hex("ec 8123 35 44 aa"));
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->inter_picture_predicted);
  EXPECT_TRUE(d->start_of_layer_frame);
  EXPECT_TRUE(d->end_of_layer_frame);
  EXPECT_EQ(d->picture_id, 0x123);
  EXPECT_EQ(d->temporal_layer, 1);
  EXPECT_TRUE(d->switching_up_point);
  EXPECT_EQ(d->spatial_layer, 2);
  EXPECT_TRUE(d->inter_layer_predicted);
  EXPECT_EQ(d->tl0_picture_index, 0x44);
  EXPECT_EQ(d->size, 5U);
  EXPECT_FALSE(d->key_frame());
}

TEST(Vp9, ReadsFlexibleMode) {
  // I P L F B Z; 7-bit picture id; layers; P_DIFF 1 and 2.
  const auto d = Vp9Descriptor::Parse(Hex("f9 15 20 03 04 aa"));
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->flexible_mode);
  EXPECT_TRUE(d->not_reference_for_upper);
  EXPECT_EQ(d->picture_id, 0x15);
  EXPECT_FALSE(d->tl0_picture_index);
  EXPECT_EQ(d->picture_diffs, (BoundedList<std::uint8_t, 3>{1, 2}));
  EXPECT_EQ(d->size, 5U);
}

TEST(Vp9, LayerIdsHaveThreeBits) {
  const auto d = Vp9Descriptor::Parse(Hex("20 ee 00 aa"));
  ASSERT_TRUE(d);
  EXPECT_EQ(d->temporal_layer, 7);
  EXPECT_FALSE(d->switching_up_point);
  EXPECT_EQ(d->spatial_layer, 7);
  EXPECT_FALSE(d->inter_layer_predicted);
}

TEST(Vp9, RejectsAFourthReference) {
  EXPECT_TRUE(Vp9Descriptor::Parse(Hex("50 03 05 06 aa")));
  EXPECT_FALSE(Vp9Descriptor::Parse(Hex("50 03 05 07 08 aa")));
}

TEST(Vp9, ReadsTheScalabilityStructure) {
  // B V; N_S 1, Y, G; 320x180, 640x360; group of two pictures with one and two references.
  const auto d = Vp9Descriptor::Parse(Hex("0a 38 0140 00b4 0280 0168 02 04 01 38 01 02 aa"));
  ASSERT_TRUE(d);
  ASSERT_TRUE(d->structure);
  EXPECT_EQ(d->structure->spatial_layers, 2);
  ASSERT_EQ(d->structure->resolutions.size(), 2U);
  EXPECT_EQ(d->structure->resolutions[1], (Vp9ScalabilityStructure::Resolution{640, 360}));
  EXPECT_EQ(d->structure->group_size, 2);
  EXPECT_EQ(d->size, 16U);  // 1 + 1 + 2 * 4 + 1 + 2 + 3
  EXPECT_TRUE(d->key_frame());
}

TEST(Vp9, AKeyFrameBeginsWithItsLowestLayer) {
  EXPECT_TRUE(Vp9Descriptor::Parse(Hex("28 00 00 aa"))->key_frame());
  EXPECT_FALSE(Vp9Descriptor::Parse(Hex("28 03 00 aa"))->key_frame());  // spatial layer 1
  EXPECT_FALSE(Vp9Descriptor::Parse(Hex("20 00 00 aa"))->key_frame());  // not the first packet
  EXPECT_FALSE(Vp9Descriptor::Parse(Hex("68 00 00 aa"))->key_frame());  // predicted
}

TEST(Vp9, EveryTruncationIsRejected) {
  for (const char* text :
       {"ec 8123 35 44", "f9 15 20 03 04", "0a 38 0140 00b4 0280 0168 02 04 01 38 01 02"}) {
    const auto whole = Hex(text);
    for (std::size_t n = 0; n <= whole.size(); ++n)
      EXPECT_FALSE(Vp9Descriptor::Parse(Bytes(whole).first(n))) << n;
  }
}

}  // namespace
}  // namespace kcs::wire
