#include "engine/media/vp8_rewriter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace kcs::media {
namespace {

wire::Vp8Descriptor Frame(std::uint16_t picture_id, std::uint8_t tl0 = 0, std::uint8_t key_index = 0) {
  wire::Vp8Descriptor d;
  d.start_of_partition = true;
  d.picture_id = static_cast<std::uint16_t>(picture_id & 0x7fff);
  d.wide_picture_id = true;
  d.tl0_picture_index = tl0;
  d.temporal_layer = 0;
  d.key_index = key_index;
  return d;
}

TEST(Vp8Rewriter, TheFirstSegmentStaysAsItIs) {
  Vp8Rewriter rewriter;
  EXPECT_EQ(rewriter.Map(1, Frame(500, 7, 3)).picture_id, 500);
  const Vp8Patch next = rewriter.Map(1, Frame(501, 8, 3));
  EXPECT_EQ(next.picture_id, 501);
  EXPECT_EQ(next.tl0_picture_index, 8);
  EXPECT_EQ(next.key_index, 3);
}

TEST(Vp8Rewriter, ANewSegmentGoesOnWhereTheLastEnded) {
  Vp8Rewriter rewriter;
  rewriter.Map(1, Frame(0x7ffe, 254, 30));
  rewriter.Map(1, Frame(0x7fff, 255, 31));
  const Vp8Patch first = rewriter.Map(2, Frame(12'345, 9, 4));
  EXPECT_EQ(first.picture_id, 0);
  EXPECT_EQ(first.tl0_picture_index, 0);
  EXPECT_EQ(first.key_index, 0);
  const Vp8Patch second = rewriter.Map(2, Frame(12'347, 10, 4));
  EXPECT_EQ(second.picture_id, 2) << "a frame lost in the source stays lost";
  EXPECT_EQ(second.tl0_picture_index, 1);
}

TEST(Vp8Rewriter, ALatePacketDoesNotSetItBack) {
  Vp8Rewriter rewriter;
  rewriter.Map(1, Frame(100));
  rewriter.Map(1, Frame(103));
  EXPECT_EQ(rewriter.Map(1, Frame(101)).picture_id, 101);
  EXPECT_EQ(rewriter.Map(2, Frame(5000)).picture_id, 104);
}

TEST(Vp8Rewriter, ARetransmissionSaysTheSameAsTheFirstTime) {
  Vp8Rewriter rewriter;
  rewriter.Map(1, Frame(100, 1));
  const Vp8Patch sent = rewriter.Map(2, Frame(5000, 77));
  rewriter.Map(3, Frame(9000, 12));
  ASSERT_TRUE(rewriter.MapAgain(2, Frame(5000, 77)).has_value());
  EXPECT_EQ(rewriter.MapAgain(2, Frame(5000, 77))->picture_id, sent.picture_id);
  EXPECT_EQ(rewriter.MapAgain(2, Frame(5000, 77))->tl0_picture_index, sent.tl0_picture_index);
  for (std::uint32_t segment = 4; segment <= 6; ++segment) rewriter.Map(segment, Frame(1));
  EXPECT_FALSE(rewriter.MapAgain(2, Frame(5000, 77)).has_value()) << "too long ago";
}

TEST(Vp8Rewriter, WritesTheFieldsAndNothingElse) {
  std::array<std::uint8_t, 32> payload{};
  wire::Vp8Descriptor original = Frame(300, 10, 5);
  original.temporal_layer = 2;
  original.layer_sync = true;
  ByteWriter writer(payload);
  original.Write(writer);
  const auto parsed = wire::Vp8Descriptor::Parse(payload);
  ASSERT_TRUE(parsed);

  std::array<std::uint8_t, wire::Vp8Descriptor::kMaxSize> prefix{};
  const std::size_t size = WriteVp8Descriptor(
      payload, *parsed, {.picture_id = 0x4321, .tl0_picture_index = 200, .key_index = 17}, prefix.data());
  ASSERT_EQ(size, parsed->size);
  std::copy_n(prefix.begin(), size, payload.begin());
  const auto rewritten = wire::Vp8Descriptor::Parse(payload);
  ASSERT_TRUE(rewritten);
  EXPECT_EQ(rewritten->picture_id, 0x4321);
  EXPECT_TRUE(rewritten->wide_picture_id);
  EXPECT_EQ(rewritten->tl0_picture_index, 200);
  EXPECT_EQ(rewritten->key_index, 17);
  EXPECT_EQ(rewritten->temporal_layer, 2);
  EXPECT_TRUE(rewritten->layer_sync);
}

TEST(Vp8Rewriter, AShortPictureIdStaysShort) {
  std::array<std::uint8_t, 16> payload{};
  wire::Vp8Descriptor original;
  original.picture_id = 17;
  ByteWriter writer(payload);
  original.Write(writer);
  const auto parsed = wire::Vp8Descriptor::Parse(payload);
  ASSERT_TRUE(parsed);
  std::array<std::uint8_t, wire::Vp8Descriptor::kMaxSize> prefix{};
  const std::size_t size = WriteVp8Descriptor(payload, *parsed, {.picture_id = 0x4321}, prefix.data());
  std::copy_n(prefix.begin(), size, payload.begin());
  const auto rewritten = wire::Vp8Descriptor::Parse(payload);
  ASSERT_TRUE(rewritten);
  EXPECT_FALSE(rewritten->wide_picture_id);
  EXPECT_EQ(rewritten->picture_id, 0x21);
  EXPECT_EQ(rewritten->size, parsed->size);
}

}  // namespace
}  // namespace kcs::media
