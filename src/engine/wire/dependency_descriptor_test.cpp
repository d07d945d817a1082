#include "engine/wire/dependency_descriptor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kcs::wire {
namespace {

using Dti = DecodeTargetIndication;

// Bits written as 0 and 1, padded with zeros to a byte; everything else is only for the reader's eye.
std::vector<std::uint8_t> Bits(const std::string& text) {
  std::vector<std::uint8_t> out;
  std::size_t n = 0;
  for (const char c : text) {
    if (c != '0' && c != '1') continue;
    if (n % 8 == 0) out.push_back(0);
    if (c == '1') out.back() = static_cast<std::uint8_t>(out.back() | (0x80 >> (n % 8)));
    ++n;
  }
  return out;
}

// Two temporal layers (L1T2): a key frame's template, one for layer 0 and one for layer 1; one chain.
std::string StructureL1T2() {
  return "000101 00001 "           // template_id_offset 5, two decode targets
         "00 01 11 "               // same layer, next temporal layer, end
         "10 10  10 10  00 01 "    // indications: SS, SS, -D
         "0  1 0001 0  1 0000 0 "  // frame diffs: none, 2, 1
         "10 "                     // one chain (ns(3)); which protects both targets (ns(1): no bits)
         "0000 0010 0001 "         // chain diffs
         "1 0000001001111111 0000000111011111 ";  // 640 x 480
}

std::vector<std::uint8_t> KeyFrame() {
  return Bits("1 0 000101 0000000001100100 10000 " + StructureL1T2());  // first packet of frame 100
}

TEST(DependencyDescriptor, ReadsAStructure) {
  DependencyDescriptorState state;
  const auto d = DependencyDescriptor::Parse(KeyFrame(), state);
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->start_of_frame);
  EXPECT_FALSE(d->end_of_frame);
  EXPECT_EQ(d->frame_number, 100);
  EXPECT_TRUE(d->has_structure);
  EXPECT_EQ(d->active_decode_targets, 3U);
  EXPECT_TRUE(d->dependencies.frame_diffs.empty());
  EXPECT_TRUE(d->SwitchesTo(0));
  EXPECT_TRUE(d->SwitchesTo(1));
  EXPECT_EQ(d->resolution, (RenderResolution{640, 480}));

  ASSERT_TRUE(state.structure);
  const FrameDependencyStructure& s = *state.structure;
  EXPECT_EQ(s.decode_target_count, 2);
  EXPECT_EQ(s.chain_count, 1);
  EXPECT_EQ(s.max_temporal_id, 1);
  EXPECT_EQ(s.max_spatial_id, 0);
  ASSERT_EQ(s.templates.size(), 3U);
  EXPECT_EQ(s.templates[1].frame_diffs, (BoundedList<std::uint16_t, kMaxFrameDiffs>{2}));
  EXPECT_EQ(s.templates[1].chain_diffs[0], 2);
  EXPECT_EQ(s.templates[2].temporal_id, 1);
  EXPECT_EQ(s.DecodeTargetOf(0, 0), 0);
  EXPECT_EQ(s.DecodeTargetOf(0, 1), 1);
  EXPECT_FALSE(s.DecodeTargetOf(1, 0));
  EXPECT_EQ(state.active_decode_targets, 3U);
}

TEST(DependencyDescriptor, ALaterFrameNamesOnlyItsTemplate) {
  DependencyDescriptorState state;
  ASSERT_TRUE(DependencyDescriptor::Parse(KeyFrame(), state));
  const auto d =
      DependencyDescriptor::Parse(Bits("1 1 000111 0000000001100101"), state);  // template 7 - 5 = 2
  ASSERT_TRUE(d);
  EXPECT_TRUE(d->end_of_frame);
  EXPECT_EQ(d->frame_number, 101);
  EXPECT_EQ(d->temporal_id(), 1);
  EXPECT_FALSE(d->NeededBy(0));
  EXPECT_TRUE(d->NeededBy(1));
  EXPECT_FALSE(d->SwitchesTo(1));
  EXPECT_FALSE(d->active_decode_targets);
  EXPECT_FALSE(d->has_structure);
}

TEST(DependencyDescriptor, ReadsActiveTargetsAndCustomParts) {
  DependencyDescriptorState state;
  ASSERT_TRUE(DependencyDescriptor::Parse(KeyFrame(), state));
  const auto d = DependencyDescriptor::Parse(Bits("1 1 000110 0000000001100110 01111 "
                                                  "01 "     // target 0 only
                                                  "11 00 "  // required, not present
                                                  "01 0011 10 00000111 11 000000000000 00 "  // diffs 4, 8, 1
                                                  "11111111"),                               // chain diff 255
                                             state);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->active_decode_targets, 1U);
  EXPECT_EQ(state.active_decode_targets, 1U);
  EXPECT_EQ(d->dependencies.indications[0], Dti::kRequired);
  EXPECT_EQ(d->dependencies.indications[1], Dti::kNotPresent);
  EXPECT_EQ(d->dependencies.frame_diffs, (BoundedList<std::uint16_t, kMaxFrameDiffs>{4, 8, 1}));
  EXPECT_EQ(d->dependencies.chain_diffs[0], 255);
  // Custom parts are this frame's only.
  const auto next = DependencyDescriptor::Parse(Bits("1 1 000110 0000000001100111"), state);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->dependencies.chain_diffs[0], 2);
}

TEST(DependencyDescriptor, ReadsSpatialLayers) {
  DependencyDescriptorState state;
  // L2T1: key frames of both layers, then delta frames; two targets, two chains.
  const auto d = DependencyDescriptor::Parse(Bits("1 1 000011 0000000000000010 10000 "
                                                  "000000 00001 "
                                                  "00 10 00 11 "  // S0 S0 S1 S1
                                                  "10 10  10 11  00 10  00 10 "
                                                  "0  1 0001 0  1 0000 0  1 0001 1 0000 0 "
                                                  "11 0 1 "  // two chains, target i by chain i (ns(2))
                                                  "0000 0000  0010 0001  0001 0001  0001 0001 "
                                                  "1 0000000100111111 0000000010110011 "
                                                  "  0000001001111111 0000000101100111"),
                                             state);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->spatial_id(), 1);
  EXPECT_EQ(d->resolution, (RenderResolution{640, 360}));
  EXPECT_EQ(d->dependencies.frame_diffs, (BoundedList<std::uint16_t, kMaxFrameDiffs>{2, 1}));
  EXPECT_EQ(state.structure->protected_by[1], 1);
  EXPECT_EQ(state.structure->DecodeTargetOf(1, 0), 1);
  EXPECT_EQ(state.structure->resolutions[0], (RenderResolution{320, 180}));
  EXPECT_EQ(state.structure->templates[1].indications[1], Dti::kRequired);
}

TEST(DependencyDescriptor, SaysWhichTargetsNeedTheFrame) {
  DecodeTargetIndications indications;
  indications.Set(1, Dti::kDiscardable);
  indications.Set(2, Dti::kSwitch);
  indications.Set(31, Dti::kRequired);
  EXPECT_EQ(indications.NeededBy(), 0x80000006U);
  EXPECT_EQ(indications.RequiredBy(), 0x80000004U);
  EXPECT_EQ(indications.SwitchesTo(), 4U);
}

// The descriptor with another bitmask, as its reader sees it.
std::optional<DependencyDescriptor> WithActive(const std::vector<std::uint8_t>& data, std::uint32_t active,
                                               DependencyDescriptorState& state) {
  std::vector<std::uint8_t> out(data.size() + kActiveTargetsGrowth, 0xff);
  out.resize(WriteActiveDecodeTargets(data, active, 2, out));
  return DependencyDescriptor::Parse(out, state);
}

TEST(DependencyDescriptor, TheActiveTargetsCanBeWrittenIntoAnyDescriptor) {
  for (const char* text : {"1 1 000110 0000000001100110", "1 1 000110 0000000001100110 00000",
                           "1 1 000110 0000000001100110 01000 11",
                           "1 1 000110 0000000001100110 01111 01 11 00 01 0011 10 00000111 00 11111111"}) {
    DependencyDescriptorState state;
    ASSERT_TRUE(DependencyDescriptor::Parse(KeyFrame(), state));
    DependencyDescriptorState other = state;
    const auto before = DependencyDescriptor::Parse(Bits(text), state);
    ASSERT_TRUE(before);
    const auto after = WithActive(Bits(text), 0b10, other);
    ASSERT_TRUE(after) << text;
    EXPECT_EQ(after->active_decode_targets, 0b10U);
    EXPECT_EQ(after->frame_number, before->frame_number);
    EXPECT_EQ(after->template_id, before->template_id);
    EXPECT_EQ(after->dependencies.indications, before->dependencies.indications);
    EXPECT_EQ(after->dependencies.frame_diffs, before->dependencies.frame_diffs);
    EXPECT_EQ(after->dependencies.chain_diffs, before->dependencies.chain_diffs);
  }
}

TEST(DependencyDescriptor, TheActiveTargetsStandBehindAStructure) {
  DependencyDescriptorState state;
  const auto after = WithActive(KeyFrame(), 0b01, state);
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->has_structure);
  EXPECT_EQ(state.active_decode_targets, 1U);
  EXPECT_EQ(state.structure->templates.size(), 3U);
  EXPECT_EQ(state.structure->resolutions[0], (RenderResolution{640, 480}));
}

TEST(DependencyDescriptor, WhatCannotBeRewrittenIsRefused) {
  std::vector<std::uint8_t> out(64);
  EXPECT_EQ(WriteActiveDecodeTargets(Bits("1 1 000110 00000000"), 1, 2, out), 0U) << "truncated";
  EXPECT_EQ(WriteActiveDecodeTargets(KeyFrame(), 1, 3, out), 0U) << "another number of targets";
  EXPECT_EQ(WriteActiveDecodeTargets(KeyFrame(), 1, 2, MutableBytes(out).first(KeyFrame().size())), 0U)
      << "no room";
}

TEST(DependencyDescriptor, WithoutAStructureThereIsNothingToRead) {
  DependencyDescriptorState state;
  EXPECT_FALSE(DependencyDescriptor::Parse(Bits("1 1 000111 0000000001100101"), state));
}

TEST(DependencyDescriptor, AnUnknownTemplateIsRejected) {
  DependencyDescriptorState state;
  ASSERT_TRUE(DependencyDescriptor::Parse(KeyFrame(), state));
  EXPECT_FALSE(DependencyDescriptor::Parse(Bits("1 1 001000 0000000001100101"), state));  // 8 - 5 = 3 of 3
  EXPECT_FALSE(
      DependencyDescriptor::Parse(Bits("1 1 000100 0000000001100101"), state));  // 4 - 5: before the first
}

TEST(DependencyDescriptor, ATruncatedStructureChangesNothing) {
  const auto whole = KeyFrame();
  for (std::size_t n = 0; n < whole.size(); ++n) {
    DependencyDescriptorState state;
    EXPECT_FALSE(DependencyDescriptor::Parse(Bytes(whole).first(n), state)) << n;
    EXPECT_FALSE(state.structure) << n;
    EXPECT_EQ(state.active_decode_targets, 0U) << n;
  }
}

}  // namespace
}  // namespace kcs::wire
