#include "engine/wire/vp8.h"

#include <gtest/gtest.h>

#include <array>

#include "engine/wire/hex_for_test.h"

namespace kcs::wire {
namespace {

TEST(Vp8, ReadsAllFields) {
  // X N S, PID 0; I L T K; 15-bit picture id 0x1234; TL0PICIDX 7; TID 2, Y, KEYIDX 19; an inter frame.
  const auto d = Vp8Descriptor::Parse(Hex("b0 f0 9234 07 b3 01"));
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->non_reference);
  EXPECT_TRUE(d->start_of_frame());
  EXPECT_EQ(d->picture_id, 0x1234);
  EXPECT_TRUE(d->wide_picture_id);
  EXPECT_EQ(d->tl0_picture_index, 7);
  EXPECT_EQ(d->temporal_layer, 2);
  EXPECT_TRUE(d->layer_sync);
  EXPECT_EQ(d->key_index, 19);
  EXPECT_FALSE(d->key_frame);
  EXPECT_EQ(d->size, 6);
  EXPECT_EQ(d->picture_id_offset, 2);
  EXPECT_EQ(d->tl0_offset, 4);
  EXPECT_EQ(d->tid_key_offset, 5);
}

TEST(Vp8, ReadsASevenBitPictureId) {
  const auto d = Vp8Descriptor::Parse(Hex("90 80 5a 01"));
  ASSERT_TRUE(d);
  EXPECT_EQ(d->picture_id, 0x5a);
  EXPECT_FALSE(d->wide_picture_id);
  EXPECT_EQ(d->size, 3);
  EXPECT_EQ(d->tl0_offset, 0);
}

TEST(Vp8, ReadsTheSizeOfAKeyFrame) {
  const auto d = Vp8Descriptor::Parse(Hex("10 500100 9d012a 8002 e001 ff"));
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->key_frame);
  EXPECT_EQ(d->width, 640);
  EXPECT_EQ(d->height, 480);
}

TEST(Vp8, OnlyTheFirstPacketOfAFrameCanBeAKeyFrame) {
  EXPECT_TRUE(Vp8Descriptor::Parse(Hex("10 00"))->key_frame);
  EXPECT_FALSE(Vp8Descriptor::Parse(Hex("00 00"))->key_frame);  // goes on
  EXPECT_FALSE(Vp8Descriptor::Parse(Hex("11 00"))->key_frame);  // second partition begins
  EXPECT_FALSE(Vp8Descriptor::Parse(Hex("10 01"))->key_frame);  // inter frame
}

TEST(Vp8, IgnoresTheFieldsThatAreNotPresent) {
  const auto only_key = Vp8Descriptor::Parse(Hex("80 10 f3 00"));
  ASSERT_TRUE(only_key);
  EXPECT_FALSE(only_key->temporal_layer);
  EXPECT_FALSE(only_key->layer_sync);
  EXPECT_EQ(only_key->key_index, 19);
  const auto only_tid = Vp8Descriptor::Parse(Hex("80 20 f3 00"));
  ASSERT_TRUE(only_tid);
  EXPECT_EQ(only_tid->temporal_layer, 3);
  EXPECT_FALSE(only_tid->key_index);
}

TEST(Vp8, EveryTruncationIsRejected) {
  const auto whole = Hex("b0 f0 9234 07 b3");
  for (std::size_t n = 0; n <= whole.size(); ++n)
    EXPECT_FALSE(Vp8Descriptor::Parse(Bytes(whole).first(n))) << n;
}

TEST(Vp8, WritesWhatItRead) {
  for (const char* text :
       {"b0 f0 9234 07 b3", "90 80 5a", "10", "03", "80 10 13", "80 60 07 a0", "90 e0 8001 ff 40"}) {
    const auto descriptor = Hex(text);
    auto payload = descriptor;
    payload.push_back(0x01);
    const auto d = Vp8Descriptor::Parse(payload);
    ASSERT_TRUE(d) << text;
    std::array<std::uint8_t, Vp8Descriptor::kMaxSize> memory{};
    ByteWriter writer(memory);
    d->Write(writer);
    EXPECT_TRUE(writer.ok());
    EXPECT_EQ(std::vector<std::uint8_t>(writer.written().begin(), writer.written().end()), descriptor)
        << text;
  }
}

TEST(Vp8, CanWidenThePictureId) {
  auto d = Vp8Descriptor::Parse(Hex("90 80 5a 01"));
  ASSERT_TRUE(d);
  d->wide_picture_id = true;
  d->picture_id = 0x7fff;
  std::array<std::uint8_t, Vp8Descriptor::kMaxSize> memory{};
  ByteWriter writer(memory);
  d->Write(writer);
  EXPECT_EQ(std::vector<std::uint8_t>(writer.written().begin(), writer.written().end()), Hex("90 80 ffff"));
}

}  // namespace
}  // namespace kcs::wire
