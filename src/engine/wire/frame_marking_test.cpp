#include "engine/wire/frame_marking.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/wire/frame_info.h"
#include "engine/wire/hex_for_test.h"

namespace kcs::wire {
namespace {

TEST(FrameMarking, TheShortFormTellsWithoutLayers) {
  const auto marking = FrameMarking::Parse(Hex("e0"));
  ASSERT_TRUE(marking);
  EXPECT_TRUE(marking->start_of_frame);
  EXPECT_TRUE(marking->end_of_frame);
  EXPECT_TRUE(marking->independent);
  EXPECT_FALSE(marking->discardable);
  EXPECT_EQ(marking->temporal_layer, 0);
  EXPECT_FALSE(marking->layer_id);
}

TEST(FrameMarking, TheLongFormTellsTheLayers) {
  const auto marking = FrameMarking::Parse(Hex("5a 00 2a"));
  ASSERT_TRUE(marking);
  EXPECT_FALSE(marking->start_of_frame);
  EXPECT_TRUE(marking->end_of_frame);
  EXPECT_TRUE(marking->discardable);
  EXPECT_TRUE(marking->base_layer_sync);
  EXPECT_EQ(marking->temporal_layer, 2);
  EXPECT_EQ(marking->layer_id, 0);
  EXPECT_EQ(marking->tl0_picture_index, 42);
  EXPECT_FALSE(FrameMarking::Parse(Hex("5a 01"))->tl0_picture_index);
}

TEST(FrameMarking, NothingAndTooMuchAreNone) {
  EXPECT_FALSE(FrameMarking::Parse({}));
  EXPECT_FALSE(FrameMarking::Parse(Hex("80 00 00 00")));
}

TEST(FrameMarking, WhatIsWrittenIsRead) {
  for (const auto& bytes : {Hex("80"), Hex("2b 07"), Hex("ff ff ff")}) {
    std::vector<std::uint8_t> written(FrameMarking::kMaxSize);
    ByteWriter writer(written);
    FrameMarking::Parse(bytes)->Write(writer);
    written.resize(writer.size());
    EXPECT_EQ(written, bytes);
  }
}

TEST(FrameMarking, TellsTheTemporalLayersOfH264) {
  const auto frame = [](const char* nal, const char* bytes) {
    const auto marking = FrameMarking::Parse(Hex(bytes));
    return DescribePayload(CodecType::kH264, Hex(nal), true, nullptr, &*marking).value_or(FrameInfo{});
  };
  const char* const referred = "41 9a 00";
  const char* const disposable = "01 9a 00";
  EXPECT_EQ(frame(referred, "c0").temporal, 0);
  const FrameInfo middle = frame(referred, "c9");
  EXPECT_EQ(middle.temporal, 1) << "others refer to it, and yet it can be left out";
  EXPECT_TRUE(middle.switching_point);
  EXPECT_FALSE(middle.discardable);
  const FrameInfo top = frame(disposable, "d2");
  EXPECT_EQ(top.temporal, 2);
  EXPECT_FALSE(top.switching_point);
  EXPECT_TRUE(top.discardable);
  EXPECT_EQ(frame(referred, "c7").temporal, 3) << "higher ones count as the highest";
  EXPECT_EQ(frame(referred, "d0").temporal, 1) << "no layers, but nobody needs it";
  EXPECT_TRUE(frame("65 88 00", "e0").key_frame);
  EXPECT_FALSE(frame(referred, "e0").key_frame) << "a decoder begins with an IDR only";
}

TEST(FrameMarking, DoesNotCountBesideADescriptorOrWhereTheCodecKnowsBetter) {
  const auto marking = FrameMarking::Parse(Hex("c2"));
  EXPECT_EQ(DescribePayload(CodecType::kVp8, Hex("10 00 9d"), true, nullptr, &*marking)->temporal, 0);
  DependencyDescriptor dd;
  dd.start_of_frame = true;
  EXPECT_EQ(DescribePayload(CodecType::kH264, Hex("41 9a 00"), true, &dd, &*marking)->temporal, 0);
}

}  // namespace
}  // namespace kcs::wire
