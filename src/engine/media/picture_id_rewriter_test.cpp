#include "engine/media/picture_id_rewriter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "engine/wire/vp8.h"

namespace kcs::media {
namespace {

wire::PictureIds Ids(std::uint16_t picture_id, std::uint8_t tl0 = 0, std::uint8_t key_index = 0) {
  return {.picture_id = static_cast<std::uint16_t>(picture_id & 0x7fff),
          .tl0 = tl0,
          .key_index = key_index,
          .picture_id_offset = 2,
          .tl0_offset = 4,
          .key_index_offset = 5,
          .size = 6,
          .wide = true};
}
wire::PictureIds ShortIds(std::uint16_t picture_id) {
  return {.picture_id = static_cast<std::uint16_t>(picture_id & 0x7f), .picture_id_offset = 2, .size = 3};
}

// What the receiver reads: the patch, or what the packet says itself.
PictureIdPatch Map(PictureIdRewriter& rewriter, std::uint32_t segment, const wire::PictureIds& ids) {
  return rewriter.Map(segment, ids).value_or(PictureIdPatch{ids.picture_id, ids.tl0, ids.key_index});
}

TEST(PictureIdRewriter, TheFirstSegmentStaysAsItIs) {
  PictureIdRewriter rewriter;
  EXPECT_FALSE(rewriter.Map(1, Ids(500, 7, 3)));
  EXPECT_FALSE(rewriter.Map(1, Ids(501, 8, 3)));
}

TEST(PictureIdRewriter, ANewSegmentGoesOnWhereTheLastEnded) {
  PictureIdRewriter rewriter;
  rewriter.Map(1, Ids(0x7ffe, 254, 30));
  rewriter.Map(1, Ids(0x7fff, 255, 31));
  const PictureIdPatch first = Map(rewriter, 2, Ids(12'345, 9, 4));
  EXPECT_EQ(first.picture_id, 0);
  EXPECT_EQ(first.tl0, 0);
  EXPECT_EQ(first.key_index, 0);
  const PictureIdPatch second = Map(rewriter, 2, Ids(12'347, 10, 4));
  EXPECT_EQ(second.picture_id, 2) << "a frame lost in the source stays lost";
  EXPECT_EQ(second.tl0, 1);
}

TEST(PictureIdRewriter, ALatePacketDoesNotSetItBack) {
  PictureIdRewriter rewriter;
  rewriter.Map(1, Ids(100));
  rewriter.Map(1, Ids(103));
  EXPECT_EQ(Map(rewriter, 1, Ids(101)).picture_id, 101);
  EXPECT_EQ(Map(rewriter, 2, Ids(5000)).picture_id, 104);
}

TEST(PictureIdRewriter, PicturesLeftOutLeaveNoGap) {
  PictureIdRewriter rewriter;
  rewriter.Map(1, Ids(0x7ffc));
  rewriter.Drop(Ids(0x7ffd));
  EXPECT_EQ(Map(rewriter, 1, Ids(0x7ffe)).picture_id, 0x7ffd);
  rewriter.Drop(Ids(0x7fff));
  rewriter.Drop(Ids(0));
  EXPECT_EQ(Map(rewriter, 1, Ids(1)).picture_id, 0x7ffe);
  EXPECT_EQ(Map(rewriter, 1, Ids(1)).picture_id, 0x7ffe) << "the picture's second packet";
  EXPECT_EQ(Map(rewriter, 1, Ids(3)).picture_id, 0) << "one was lost in between";
}

TEST(PictureIdRewriter, ALatePictureFindsThePlaceBetweenThoseLeftOut) {
  PictureIdRewriter rewriter;
  rewriter.Map(1, Ids(100));
  rewriter.Drop(Ids(101));
  rewriter.Drop(Ids(103));
  rewriter.Map(1, Ids(104));
  EXPECT_EQ(Map(rewriter, 1, Ids(102)).picture_id, 101);
  EXPECT_EQ(Map(rewriter, 1, Ids(104)).picture_id, 102);
  rewriter.Drop(Ids(102));
  EXPECT_EQ(Map(rewriter, 1, Ids(105)).picture_id, 103) << "what was sent cannot be left out any more";
}

TEST(PictureIdRewriter, ARetransmissionSaysTheSameAsTheFirstTime) {
  PictureIdRewriter rewriter;
  rewriter.Map(1, Ids(100, 1));
  const PictureIdPatch sent = Map(rewriter, 2, Ids(5000, 77));
  rewriter.Map(3, Ids(9000, 12));
  ASSERT_TRUE(rewriter.MapAgain(2, Ids(5000, 77)).has_value());
  EXPECT_EQ(rewriter.MapAgain(2, Ids(5000, 77))->picture_id, sent.picture_id);
  EXPECT_EQ(rewriter.MapAgain(2, Ids(5000, 77))->tl0, sent.tl0);
  for (std::uint32_t segment = 4; segment <= 6; ++segment) rewriter.Map(segment, Ids(1));
  EXPECT_FALSE(rewriter.MapAgain(2, Ids(5000, 77)).has_value()) << "too long ago";
}

TEST(PictureIdRewriter, ARetransmissionKnowsWhatWasLeftOut) {
  PictureIdRewriter rewriter;
  for (std::uint16_t picture = 100; picture < 200; picture = static_cast<std::uint16_t>(picture + 2)) {
    rewriter.Map(1, Ids(picture));
    rewriter.Drop(Ids(static_cast<std::uint16_t>(picture + 1)));
  }
  EXPECT_EQ(rewriter.MapAgain(1, Ids(100))->picture_id, 100);
  EXPECT_EQ(rewriter.MapAgain(1, Ids(150))->picture_id, 125);
  EXPECT_EQ(rewriter.MapAgain(1, Ids(198))->picture_id, 149);
  EXPECT_EQ(Map(rewriter, 2, Ids(3000)).picture_id, 150);
  EXPECT_EQ(Map(rewriter, 2, Ids(3001)).picture_id, 151) << "a segment of its own";
  EXPECT_FALSE(rewriter.MapAgain(1, Ids(150))) << "which were left out is forgotten with the segment";
}

TEST(PictureIdRewriter, SevenBitsGoRound) {
  PictureIdRewriter rewriter;
  for (std::uint16_t i = 0; i < 300; ++i) {
    EXPECT_EQ(Map(rewriter, 1, ShortIds(i)).picture_id & 0x7f, i & 0x7f);
  }
  EXPECT_EQ(Map(rewriter, 2, ShortIds(9)).picture_id & 0x7f, 300 & 0x7f);
}

// A VP8 payload with these values behind WritePictureIds(), parsed again.
wire::Vp8Descriptor Rewritten(const wire::Vp8Descriptor& original, PictureIdPatch patch) {
  std::array<std::uint8_t, 32> payload{};
  ByteWriter writer(payload);
  original.Write(writer);
  const auto info = wire::DescribePayload(wire::CodecType::kVp8, payload, false);
  EXPECT_TRUE(info);
  std::array<std::uint8_t, wire::PictureIds::kMaxSize> prefix{};
  const std::size_t size = WritePictureIds(payload, info->ids, patch, prefix.data());
  std::copy_n(prefix.begin(), size, payload.begin());
  return wire::Vp8Descriptor::Parse(payload).value_or(wire::Vp8Descriptor{});
}

TEST(PictureIdRewriter, WritesTheFieldsAndNothingElse) {
  wire::Vp8Descriptor original;
  original.start_of_partition = true;
  original.picture_id = 300;
  original.wide_picture_id = true;
  original.tl0_picture_index = 10;
  original.key_index = 5;
  original.temporal_layer = 2;
  original.layer_sync = true;
  const auto rewritten = Rewritten(original, {.picture_id = 0x4321, .tl0 = 200, .key_index = 17});
  EXPECT_EQ(rewritten.picture_id, 0x4321);
  EXPECT_TRUE(rewritten.wide_picture_id);
  EXPECT_EQ(rewritten.tl0_picture_index, 200);
  EXPECT_EQ(rewritten.key_index, 17);
  EXPECT_EQ(rewritten.temporal_layer, 2);
  EXPECT_TRUE(rewritten.layer_sync);
  EXPECT_TRUE(rewritten.start_of_frame());
}

TEST(PictureIdRewriter, AShortPictureIdStaysShort) {
  wire::Vp8Descriptor original;
  original.picture_id = 17;
  const auto rewritten = Rewritten(original, {.picture_id = 0x4321});
  EXPECT_FALSE(rewritten.wide_picture_id);
  EXPECT_EQ(rewritten.picture_id, 0x21);
  EXPECT_EQ(rewritten.size, 3);
}

TEST(PictureIdRewriter, WritesVp9DescriptorsToo) {
  // I L B E, not flexible: 15-bit picture id, layer indices, TL0PICIDX.
  std::array<std::uint8_t, 8> payload{0xac, 0x81, 0x02, 0x20, 0x07, 0xaa, 0xbb, 0xcc};
  const auto info = wire::DescribePayload(wire::CodecType::kVp9, payload, true);
  ASSERT_TRUE(info);
  ASSERT_EQ(info->ids.size, 5);
  std::array<std::uint8_t, wire::PictureIds::kMaxSize> prefix{};
  ASSERT_EQ(WritePictureIds(payload, info->ids, {.picture_id = 0x1234, .tl0 = 99}, prefix.data()), 5U);
  EXPECT_EQ(prefix, (std::array<std::uint8_t, 6>{0xac, 0x92, 0x34, 0x20, 99, 0}));
}

}  // namespace
}  // namespace kcs::media
