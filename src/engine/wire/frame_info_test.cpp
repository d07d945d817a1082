#include "engine/wire/frame_info.h"

#include <gtest/gtest.h>

#include "engine/wire/hex_for_test.h"

namespace kcs::wire {
namespace {

TEST(FrameInfo, Vp8KeyFrame) {
  const auto info = DescribePayload(CodecType::kVp8, Hex("90 e0 8005 07 20 00"), true);
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->key_frame);
  EXPECT_TRUE(info->independent);
  EXPECT_TRUE(info->switching_point);
  EXPECT_TRUE(info->start_of_frame);
  EXPECT_TRUE(info->end_of_frame);
  EXPECT_EQ(info->picture_id, 5);
  EXPECT_EQ(info->tl0_picture_index, 7);
}

TEST(FrameInfo, Vp8TemporalLayersCanBeTakenUpAtASyncFrame) {
  EXPECT_FALSE(DescribePayload(CodecType::kVp8, Hex("90 20 80 01"), false)->switching_point);
  EXPECT_TRUE(DescribePayload(CodecType::kVp8, Hex("90 20 a0 01"), false)->switching_point);
  EXPECT_TRUE(DescribePayload(CodecType::kVp8, Hex("90 20 00 01"), false)->switching_point);
  EXPECT_TRUE(DescribePayload(CodecType::kVp8, Hex("b0 20 80 01"), false)->discardable);
}

TEST(FrameInfo, Vp9LayerFramesEndBeforeThePicture) {
  const auto lower = DescribePayload(CodecType::kVp9, Hex("ac 05 00 07 aa"), false);
  ASSERT_TRUE(lower);
  EXPECT_TRUE(lower->key_frame);
  EXPECT_TRUE(lower->end_of_frame);
  EXPECT_FALSE(lower->end_of_picture);
  const auto upper = DescribePayload(CodecType::kVp9, Hex("ac 05 03 07 aa"), true);
  ASSERT_TRUE(upper);
  EXPECT_EQ(upper->spatial, 1);
  EXPECT_FALSE(upper->key_frame);
  EXPECT_FALSE(upper->independent);  // needs the lower layer
  EXPECT_TRUE(upper->inter_layer);
  EXPECT_TRUE(upper->end_of_picture);
  // An upper layer that stands alone, as in simulcast inside one stream.
  EXPECT_TRUE(DescribePayload(CodecType::kVp9, Hex("ac 05 02 07 aa"), true)->independent);
}

TEST(FrameInfo, AudioPacketsStandAlone) {
  for (const CodecType codec : {CodecType::kOpus, CodecType::kRed, CodecType::kUnknown}) {
    const auto info = DescribePayload(codec, Hex("6f ff fe"), false);
    ASSERT_TRUE(info);
    EXPECT_TRUE(info->key_frame);
    EXPECT_TRUE(info->start_of_frame);
    EXPECT_TRUE(info->end_of_frame);
  }
}

TEST(FrameInfo, MalformedPayloadsAreRejected) {
  for (const CodecType codec :
       {CodecType::kVp8, CodecType::kVp9, CodecType::kH264, CodecType::kAv1, CodecType::kRed}) {
    EXPECT_FALSE(DescribePayload(codec, {}, true));
  }
}

TEST(FrameInfo, TheDependencyDescriptorDecidesForAv1AndH264) {
  DependencyDescriptor dd;
  dd.start_of_frame = true;
  dd.end_of_frame = true;
  dd.frame_number = 77;
  dd.decode_target_count = 2;
  dd.dependencies.spatial_id = 1;
  dd.dependencies.temporal_id = 2;
  dd.dependencies.frame_diffs.PushBack(1);
  dd.dependencies.indications.Set(1, DecodeTargetIndication::kDiscardable);
  for (const auto& [codec, payload] :
       {std::pair{CodecType::kAv1, Hex("10 30 aa")}, std::pair{CodecType::kH264, Hex("41 9a 00")}}) {
    auto info = DescribePayload(codec, payload, false, &dd);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->spatial, 1);
    EXPECT_EQ(info->temporal, 2);
    EXPECT_EQ(info->frame_number, 77);
    EXPECT_TRUE(info->end_of_frame);
    EXPECT_FALSE(info->end_of_picture);
    EXPECT_TRUE(info->discardable);
    EXPECT_FALSE(info->switching_point);
    EXPECT_FALSE(info->independent);
    dd.dependencies.indications.Set(1, DecodeTargetIndication::kSwitch);
    info = DescribePayload(codec, payload, false, &dd);
    EXPECT_TRUE(info->switching_point);
    EXPECT_FALSE(info->discardable);
    dd.dependencies.indications.Set(1, DecodeTargetIndication::kDiscardable);
  }
}

TEST(FrameInfo, TheDependencyDescriptorDoesNotOverruleVp8) {
  DependencyDescriptor dd;
  dd.frame_number = 5;
  const auto info = DescribePayload(CodecType::kVp8, Hex("90 20 80 01"), true, &dd);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->temporal, 2);
  EXPECT_EQ(info->frame_number, 5);
}

}  // namespace
}  // namespace kcs::wire
