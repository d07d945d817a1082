#include "engine/media/layer_gate.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

using Action = LayerGate::Action;

// A gate whose packets are a picture each.
class Gate : public LayerGate {
 public:
  using LayerGate::LayerGate;

  Action Key(std::uint8_t stream) {
    wire::FrameInfo frame;
    frame.layers = wire::LayerModel::kIds;
    frame.key_frame = frame.key_picture = frame.opens_temporal = true;
    return Take(stream, frame);
  }
  Action Delta(std::uint8_t stream, std::uint8_t temporal = 0, bool switching_point = true) {
    wire::FrameInfo frame;
    frame.layers = wire::LayerModel::kIds;
    frame.temporal = temporal;
    frame.switching_point = switching_point;
    return Take(stream, frame);
  }
  Action Sound() { return Take(0, {}); }
  // Another packet of the last picture, which this stream sent.
  Action More(std::uint8_t stream) {
    last_.start_of_frame = last_.key_frame = false;
    return Decide(stream, last_, ++sequence_, timestamp_).action;
  }

 private:
  Action Take(std::uint8_t stream, wire::FrameInfo frame) {
    frame.start_of_frame = frame.end_of_frame = frame.end_of_picture = true;
    last_ = frame;
    timestamp_ += 3000;
    return Decide(stream, frame, ++sequence_, timestamp_).action;
  }
  wire::FrameInfo last_;
  std::uint64_t sequence_ = 70'000;
  std::uint32_t timestamp_ = 0;
};

TEST(LayerGate, SoundPassesFromTheFirstPacketOn) {
  Gate gate{wire::MediaKind::kAudio, 1};
  EXPECT_FALSE(gate.wants_key_frame());
  EXPECT_EQ(gate.Sound(), Action::kSwitch);
  EXPECT_EQ(gate.Sound(), Action::kForward);
  gate.Interrupt();
  EXPECT_EQ(gate.Sound(), Action::kSwitch);
}

TEST(LayerGate, ThePictureBeginsWithAKeyFrame) {
  Gate gate{wire::MediaKind::kVideo, 1};
  EXPECT_EQ(gate.Delta(0), Action::kDrop);
  EXPECT_EQ(gate.wants_key_frame(), 0);
  EXPECT_EQ(gate.Key(0), Action::kSwitch);
  EXPECT_EQ(gate.Delta(0), Action::kForward);
  EXPECT_EQ(gate.Key(0), Action::kForward);
  EXPECT_FALSE(gate.wants_key_frame());
}

TEST(LayerGate, AfterAPauseItWaitsForAKeyFrameAgain) {
  Gate gate{wire::MediaKind::kVideo, 1};
  gate.Key(0);
  gate.Interrupt();
  EXPECT_EQ(gate.wants_key_frame(), 0);
  EXPECT_EQ(gate.Delta(0), Action::kDrop);
  EXPECT_EQ(gate.Key(0), Action::kSwitch);
}

TEST(LayerGate, GoesUpToTheHighestSteadyStreamAtItsKeyFrame) {
  Gate gate{wire::MediaKind::kVideo, 3};
  EXPECT_EQ(gate.Key(0), Action::kSwitch) << "any picture is better than none";
  EXPECT_TRUE(gate.OnStreams(0b111, 0b111));
  EXPECT_EQ(gate.wants_key_frame(), 2);
  EXPECT_EQ(gate.Key(1), Action::kDrop) << "not the one that is wanted";
  EXPECT_EQ(gate.Delta(2), Action::kDrop);
  EXPECT_EQ(gate.Delta(0), Action::kForward) << "the old one until then";
  EXPECT_EQ(gate.Key(2), Action::kSwitch);
  EXPECT_EQ(gate.Delta(0), Action::kDrop);
  EXPECT_EQ(gate.current(), 2);
  EXPECT_FALSE(gate.wants_key_frame());
}

TEST(LayerGate, AStreamThatHasOnlyBegunIsNotYetAReasonToGoUp) {
  Gate gate{wire::MediaKind::kVideo, 3};
  gate.OnStreams(0b001, 0b001);
  gate.Key(0);
  EXPECT_FALSE(gate.OnStreams(0b111, 0b001));
  EXPECT_FALSE(gate.wants_key_frame());
}

TEST(LayerGate, GoesDownWhenTheStreamEnds) {
  Gate gate{wire::MediaKind::kVideo, 3};
  gate.OnStreams(0b111, 0b111);
  gate.Key(2);
  EXPECT_TRUE(gate.OnStreams(0b011, 0b011));
  EXPECT_EQ(gate.wants_key_frame(), 1);
  EXPECT_EQ(gate.Key(0), Action::kSwitch) << "the first picture of any stream, since none comes now";
  EXPECT_EQ(gate.Key(1), Action::kSwitch);
}

TEST(LayerGate, KeepsToTheTarget) {
  Gate gate{wire::MediaKind::kVideo, 3};
  gate.OnStreams(0b111, 0b111);
  gate.Key(2);
  EXPECT_TRUE(gate.SetTarget({.spatial = 1}));
  EXPECT_EQ(gate.wants_key_frame(), 1);
  EXPECT_EQ(gate.Key(1), Action::kSwitch);
  EXPECT_EQ(gate.Key(2), Action::kDrop);
  gate.Interrupt();
  EXPECT_EQ(gate.Key(2), Action::kDrop);
}

TEST(LayerGate, WithNothingArrivingItStaysAsItIs) {
  Gate gate{wire::MediaKind::kVideo, 3};
  gate.OnStreams(0b111, 0b111);
  gate.Key(2);
  EXPECT_FALSE(gate.OnStreams(0, 0));
  EXPECT_EQ(gate.current(), 2);
}

TEST(LayerGate, ASpatialTargetOfOneStreamDoesNotCutIt) {
  Gate gate{wire::MediaKind::kVideo, 1};
  gate.OnStreams(1, 1);
  EXPECT_FALSE(gate.SetTarget({.spatial = 2}));
  EXPECT_EQ(gate.Key(0), Action::kSwitch);
  EXPECT_EQ(gate.Delta(0, 1), Action::kForward);
}

TEST(LayerGate, TheTemporalTargetHoldsForEveryStream) {
  Gate gate{wire::MediaKind::kVideo, 2};
  gate.OnStreams(0b11, 0b11);
  gate.SetTarget({.spatial = 1, .temporal = 0});
  EXPECT_EQ(gate.Key(1), Action::kSwitch);
  EXPECT_EQ(gate.Delta(1, 1), Action::kDrop);
  EXPECT_EQ(gate.Delta(1, 0), Action::kForward);
  gate.SetTarget({.spatial = 0, .temporal = 0});
  EXPECT_EQ(gate.Key(0), Action::kSwitch);
  EXPECT_EQ(gate.Delta(0, 1), Action::kDrop);
  EXPECT_EQ(gate.current_layers(), (Layers{0, 0}));
  gate.SetTarget({.spatial = 0, .temporal = 1});
  EXPECT_EQ(gate.Delta(0, 1), Action::kForward);
  EXPECT_EQ(gate.current_layers(), (Layers{0, 1}));
}

TEST(LayerGate, OnTheWayDownOnlyTheBaseLayerIsSent) {
  Gate gate{wire::MediaKind::kVideo, 2};
  gate.OnStreams(0b11, 0b11);
  gate.Key(1);
  EXPECT_EQ(gate.Delta(1, 1), Action::kForward);
  EXPECT_TRUE(gate.SetTarget({.spatial = 0}));
  EXPECT_EQ(gate.Delta(1, 1), Action::kDrop) << "the link carries less, and the key frame is not here yet";
  EXPECT_EQ(gate.Delta(1, 0), Action::kForward);
  EXPECT_EQ(gate.Key(0), Action::kSwitch);
  EXPECT_EQ(gate.Delta(0, 1), Action::kForward);
}

TEST(LayerGate, ATargetOfNothingEndsWithThePicture) {
  Gate gate{wire::MediaKind::kVideo, 1};
  gate.OnStreams(1, 1);
  gate.Key(0);
  gate.Delta(0);
  EXPECT_FALSE(gate.SetTarget(LayerTarget::Nothing()));
  EXPECT_EQ(gate.More(0), Action::kForward) << "never in the middle of a picture";
  EXPECT_TRUE(gate.current_layers());
  EXPECT_EQ(gate.Delta(0), Action::kDrop);
  EXPECT_EQ(gate.Key(0), Action::kDrop);
  EXPECT_FALSE(gate.current_layers());
  EXPECT_FALSE(gate.wants_key_frame());
  EXPECT_TRUE(gate.SetTarget({}));
  EXPECT_EQ(gate.Delta(0), Action::kDrop);
  EXPECT_EQ(gate.Key(0), Action::kSwitch);
}

TEST(LayerGate, SoundCanBeStoppedToo) {
  Gate gate{wire::MediaKind::kAudio, 1};
  gate.Sound();
  gate.SetTarget(LayerTarget::Nothing());
  EXPECT_EQ(gate.Sound(), Action::kDrop);
  gate.SetTarget({});
  EXPECT_EQ(gate.Sound(), Action::kSwitch);
}

}  // namespace
}  // namespace kcs::media
