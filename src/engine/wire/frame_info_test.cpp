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
  EXPECT_EQ(info->layers, LayerModel::kIds);
  EXPECT_EQ(info->ids.picture_id, 5);
  EXPECT_TRUE(info->ids.wide);
  EXPECT_EQ(info->ids.picture_id_offset, 2);
  EXPECT_EQ(info->ids.tl0, 7);
  EXPECT_EQ(info->ids.tl0_offset, 4);
  EXPECT_EQ(info->ids.size, 6);
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

TEST(FrameInfo, Vp9SaysWhatAHigherLayerNeeds) {
  // Z alone does not make the lower layers of a key picture superfluous.
  EXPECT_TRUE(DescribePayload(CodecType::kVp9, Hex("2d 00 07 aa"), false)->needed_above);
  EXPECT_TRUE(DescribePayload(CodecType::kVp9, Hex("2d 00 07 aa"), false)->key_picture);
  EXPECT_FALSE(DescribePayload(CodecType::kVp9, Hex("6d 00 07 aa"), false)->needed_above);
  EXPECT_TRUE(DescribePayload(CodecType::kVp9, Hex("6c 00 07 aa"), false)->needed_above);
}

TEST(FrameInfo, Vp9FlexibleModeNamesItsReferences) {
  // I P L F B E; picture 5, TID 1 and U; P_DIFF 1 and 3.
  const auto info = DescribePayload(CodecType::kVp9, Hex("fc 05 30 03 06 aa"), true);
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->names_references);
  EXPECT_EQ(info->references, 0b101U);
  EXPECT_TRUE(info->opens_temporal);
  EXPECT_EQ(info->temporal, 1);
  EXPECT_FALSE(info->switching_point) << "U speaks of the pictures behind it";
  EXPECT_EQ(info->ids.picture_id_offset, 1);
  EXPECT_EQ(info->ids.size, 2);
  EXPECT_FALSE(DescribePayload(CodecType::kVp9, Hex("fc 05 30 fe aa"), true)->names_references) << "127 back";
  EXPECT_FALSE(DescribePayload(CodecType::kVp9, Hex("ec 05 30 07 aa"), true)->names_references)
      << "not flexible";
}

TEST(FrameInfo, H264FramesThatNobodyRefersToAreALayerOfTheirOwn) {
  const auto disposable = DescribePayload(CodecType::kH264, Hex("01 9a 00"), true);
  EXPECT_EQ(disposable->temporal, 1);
  EXPECT_TRUE(disposable->switching_point);
  EXPECT_EQ(DescribePayload(CodecType::kH264, Hex("41 9a 00"), true)->temporal, 0);
  EXPECT_EQ(DescribePayload(CodecType::kH264, Hex("1c 41 9a 00"), true)->temporal, 1) << "its fragments too";
  // Nobody refers to these either, but the next frame begins with them.
  EXPECT_EQ(DescribePayload(CodecType::kH264, Hex("06 05 01"), false)->temporal, 0) << "SEI";
  EXPECT_EQ(DescribePayload(CodecType::kH264, Hex("09 10"), false)->temporal, 0) << "delimiter";
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
