#include "engine/media/layer_gate.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

using Decision = LayerGate::Decision;

constexpr wire::FrameInfo Key() {
  wire::FrameInfo frame;
  frame.key_frame = frame.start_of_frame = true;
  return frame;
}
constexpr wire::FrameInfo Delta() { return {}; }

TEST(LayerGate, SoundPassesFromTheFirstPacketOn) {
  LayerGate gate{wire::MediaKind::kAudio, 1};
  EXPECT_FALSE(gate.wants_key_frame());
  EXPECT_EQ(gate.Decide(0, Key()), Decision::kSwitch);
  EXPECT_EQ(gate.Decide(0, Key()), Decision::kForward);
  gate.Interrupt();
  EXPECT_EQ(gate.Decide(0, Key()), Decision::kSwitch);
}

TEST(LayerGate, ThePictureBeginsWithAKeyFrame) {
  LayerGate gate{wire::MediaKind::kVideo, 1};
  EXPECT_EQ(gate.Decide(0, Delta()), Decision::kDrop);
  EXPECT_EQ(gate.wants_key_frame(), 0);
  EXPECT_EQ(gate.Decide(0, Key()), Decision::kSwitch);
  EXPECT_EQ(gate.Decide(0, Delta()), Decision::kForward);
  EXPECT_EQ(gate.Decide(0, Key()), Decision::kForward);
  EXPECT_FALSE(gate.wants_key_frame());
}

TEST(LayerGate, AfterAPauseItWaitsForAKeyFrameAgain) {
  LayerGate gate{wire::MediaKind::kVideo, 1};
  gate.Decide(0, Key());
  gate.Interrupt();
  EXPECT_EQ(gate.wants_key_frame(), 0);
  EXPECT_EQ(gate.Decide(0, Delta()), Decision::kDrop);
  EXPECT_EQ(gate.Decide(0, Key()), Decision::kSwitch);
}

TEST(LayerGate, GoesUpToTheHighestSteadyStreamAtItsKeyFrame) {
  LayerGate gate{wire::MediaKind::kVideo, 3};
  EXPECT_EQ(gate.Decide(0, Key()), Decision::kSwitch) << "any picture is better than none";
  EXPECT_TRUE(gate.OnStreams(0b111, 0b111));
  EXPECT_EQ(gate.wants_key_frame(), 2);
  EXPECT_EQ(gate.Decide(1, Key()), Decision::kDrop) << "not the one that is wanted";
  EXPECT_EQ(gate.Decide(2, Delta()), Decision::kDrop);
  EXPECT_EQ(gate.Decide(0, Delta()), Decision::kForward) << "the old one until then";
  EXPECT_EQ(gate.Decide(2, Key()), Decision::kSwitch);
  EXPECT_EQ(gate.Decide(0, Delta()), Decision::kDrop);
  EXPECT_EQ(gate.current(), 2);
  EXPECT_FALSE(gate.wants_key_frame());
}

TEST(LayerGate, AStreamThatHasOnlyBegunIsNotYetAReasonToGoUp) {
  LayerGate gate{wire::MediaKind::kVideo, 3};
  gate.OnStreams(0b001, 0b001);
  gate.Decide(0, Key());
  EXPECT_FALSE(gate.OnStreams(0b111, 0b001));
  EXPECT_FALSE(gate.wants_key_frame());
}

TEST(LayerGate, GoesDownWhenTheStreamEnds) {
  LayerGate gate{wire::MediaKind::kVideo, 3};
  gate.OnStreams(0b111, 0b111);
  gate.Decide(2, Key());
  EXPECT_TRUE(gate.OnStreams(0b011, 0b011));
  EXPECT_EQ(gate.wants_key_frame(), 1);
  EXPECT_EQ(gate.Decide(0, Key()), Decision::kSwitch)
      << "the first picture of any stream, since none comes now";
  EXPECT_EQ(gate.Decide(1, Key()), Decision::kSwitch);
}

TEST(LayerGate, KeepsToTheTarget) {
  LayerGate gate{wire::MediaKind::kVideo, 3};
  gate.OnStreams(0b111, 0b111);
  gate.Decide(2, Key());
  EXPECT_TRUE(gate.SetTarget({.spatial = 1}));
  EXPECT_EQ(gate.wants_key_frame(), 1);
  EXPECT_EQ(gate.Decide(1, Key()), Decision::kSwitch);
  EXPECT_EQ(gate.Decide(2, Key()), Decision::kDrop);
  gate.Interrupt();
  EXPECT_EQ(gate.Decide(2, Key()), Decision::kDrop);
}

TEST(LayerGate, WithNothingArrivingItStaysAsItIs) {
  LayerGate gate{wire::MediaKind::kVideo, 3};
  gate.OnStreams(0b111, 0b111);
  gate.Decide(2, Key());
  EXPECT_FALSE(gate.OnStreams(0, 0));
  EXPECT_EQ(gate.current(), 2);
}

TEST(LayerGate, ASpatialTargetOfOneStreamDoesNotCutIt) {
  LayerGate gate{wire::MediaKind::kVideo, 1};
  EXPECT_FALSE(gate.SetTarget({.spatial = 2, .temporal = 1}));
  EXPECT_EQ(gate.Decide(0, Key()), Decision::kSwitch);
}

}  // namespace
}  // namespace kcs::media
