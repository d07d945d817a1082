#include "engine/media/layer_filter.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

using wire::FrameInfo;

// Pictures of one packet per spatial layer, in order.
class Filter : public ::testing::Test {
 protected:
  void Begin(Layers cap = {255, 255}, std::uint8_t alive = 1) {
    filter_.SetCap(cap);
    filter_.SetAlive(alive);
    filter_.Begin(wire::LayerModel::kIds);
  }
  void NextPicture() { timestamp_ += 3000; }
  static FrameInfo Frame(std::uint8_t spatial, std::uint8_t temporal) {
    FrameInfo frame;
    frame.layers = wire::LayerModel::kIds;
    frame.spatial = spatial;
    frame.temporal = temporal;
    frame.start_of_frame = frame.end_of_frame = true;
    return frame;
  }
  static FrameInfo Key(std::uint8_t spatial) {
    FrameInfo frame = Frame(spatial, 0);
    frame.key_frame = frame.key_picture = spatial == 0;
    frame.opens_temporal = spatial == 0;
    frame.switching_point = true;
    return frame;
  }
  LayerFilter::Verdict Take(const FrameInfo& frame) { return filter_.Decide(frame, ++sequence_, timestamp_); }
  // A picture of one frame.
  bool Picture(std::uint8_t temporal, bool switching_point = false, bool opens = false) {
    NextPicture();
    FrameInfo frame = Frame(0, temporal);
    frame.switching_point = switching_point;
    frame.opens_temporal = opens;
    return Take(frame).pass;
  }
  // A key picture of so many layers; which of them pass, a bit each.
  unsigned KeyPicture(std::uint8_t layers) {
    NextPicture();
    unsigned passed = 0;
    for (std::uint8_t s = 0; s < layers; ++s) passed |= static_cast<unsigned>(Take(Key(s)).pass) << s;
    return passed;
  }
  unsigned DeltaPicture(std::uint8_t layers, bool needed_above, std::uint8_t temporal = 0) {
    NextPicture();
    unsigned passed = 0;
    for (std::uint8_t s = 0; s < layers; ++s) {
      FrameInfo frame = Frame(s, temporal);
      frame.needed_above = needed_above && s + 1 < layers;
      passed |= static_cast<unsigned>(Take(frame).pass) << s;
    }
    return passed;
  }

  LayerFilter filter_;
  std::uint64_t sequence_ = 70'000;
  std::uint32_t timestamp_ = 0;
};

TEST_F(Filter, TemporalLayersEndWithThePicture) {
  Begin();
  KeyPicture(1);
  EXPECT_TRUE(Picture(2));
  filter_.SetCap({255, 0});
  EXPECT_TRUE(filter_.Decide(Frame(0, 2), ++sequence_, timestamp_).pass) << "the rest of the picture";
  EXPECT_FALSE(Picture(2));
  EXPECT_FALSE(Picture(1));
  EXPECT_TRUE(Picture(0));
  EXPECT_FALSE(filter_.NeedsKeyFrame());
}

TEST_F(Filter, TemporalLayersAreTakenUpOneByOneAtTheirOwnSwitchingPoints) {
  Begin({255, 0});
  KeyPicture(1);
  EXPECT_FALSE(Picture(1));
  filter_.SetCap({255, 2});
  EXPECT_FALSE(Picture(1, false));
  EXPECT_FALSE(Picture(2, true)) << "not before the layer below";
  EXPECT_TRUE(Picture(1, true));
  EXPECT_FALSE(Picture(2, false));
  EXPECT_TRUE(Picture(1, false)) << "taken up";
  EXPECT_TRUE(Picture(2, true));
  EXPECT_TRUE(Picture(2, false));
  EXPECT_EQ(filter_.current(), (Layers{0, 2}));
}

TEST_F(Filter, BehindAPictureThatOpensThemAllTemporalLayersPass) {
  Begin({255, 0});
  KeyPicture(1);
  EXPECT_FALSE(Picture(1));
  filter_.SetCap({255, 2});
  EXPECT_FALSE(Picture(1));
  EXPECT_FALSE(Picture(2, false, true)) << "a layer that is not taken opens nothing";
  EXPECT_FALSE(Picture(2));
  EXPECT_TRUE(Picture(0, false, true));
  EXPECT_TRUE(Picture(2));
}

TEST_F(Filter, AKeyPictureOpensAllTemporalLayers) {
  Begin({255, 0});
  KeyPicture(1);
  EXPECT_FALSE(Picture(1));
  filter_.SetCap({255, 255});
  EXPECT_FALSE(Picture(2));
  KeyPicture(1);
  EXPECT_TRUE(Picture(2));
}

TEST_F(Filter, NamedReferencesOpenATemporalLayer) {
  Begin({255, 0});
  const auto picture = [&](std::uint16_t id, std::uint8_t temporal, std::uint64_t references) {
    NextPicture();
    FrameInfo frame = references == 0 ? Key(0) : Frame(0, temporal);
    frame.names_references = true;
    frame.references = references;
    frame.ids = {.picture_id = static_cast<std::uint16_t>(id & 0x7f), .picture_id_offset = 1, .size = 2};
    return Take(frame).pass;
  };
  EXPECT_TRUE(picture(126, 0, 0));
  EXPECT_FALSE(picture(127, 1, 0b1));
  filter_.SetCap({255, 1});
  EXPECT_FALSE(picture(128, 1, 0b1)) << "it refers to one that was left out";
  EXPECT_TRUE(picture(129, 0, 0b100));
  EXPECT_FALSE(picture(130, 1, 0b11)) << "to two, one of which was left out";
  EXPECT_TRUE(picture(131, 1, 0b10)) << "to one that was sent";
  EXPECT_TRUE(picture(132, 1, 0b1000)) << "taken up";
}

TEST_F(Filter, FullSvcGoesDownWithTheNextPictureAndUpAtAKeyPicture) {
  Begin({255, 255}, 0b111);
  EXPECT_EQ(KeyPicture(3), 0b111U);
  EXPECT_EQ(DeltaPicture(3, true), 0b111U);
  filter_.SetCap({1, 255});
  EXPECT_FALSE(filter_.NeedsKeyFrame());
  EXPECT_EQ(DeltaPicture(3, true), 0b011U);
  EXPECT_EQ(filter_.current(), (Layers{1, 0}));
  filter_.SetCap({2, 255});
  EXPECT_TRUE(filter_.NeedsKeyFrame());
  EXPECT_EQ(DeltaPicture(3, true), 0b011U);
  EXPECT_EQ(KeyPicture(3), 0b111U);
  EXPECT_EQ(DeltaPicture(3, true), 0b111U);
  EXPECT_FALSE(filter_.NeedsKeyFrame());
}

TEST_F(Filter, NeverCutsInTheMiddleOfAPicture) {
  Begin({255, 255}, 0b11);
  KeyPicture(2);
  NextPicture();
  EXPECT_TRUE(Take(Frame(0, 0)).pass);
  filter_.SetCap({0, 255});
  EXPECT_TRUE(Take(Frame(1, 0)).pass);
  EXPECT_EQ(DeltaPicture(2, true), 0b01U);
}

TEST_F(Filter, BetweenKeyPicturesOfKSvcOnlyTheTopLayerIsSent) {
  Begin({255, 255}, 0b111);
  EXPECT_EQ(KeyPicture(3), 0b111U);
  EXPECT_EQ(DeltaPicture(3, false), 0b100U);
  filter_.SetCap({1, 255});
  EXPECT_TRUE(filter_.NeedsKeyFrame()) << "the lower layer's pictures were left out";
  EXPECT_EQ(DeltaPicture(3, false, 0), 0b100U);
  EXPECT_EQ(DeltaPicture(3, false, 1), 0U) << "saved until the key picture comes";
  EXPECT_EQ(KeyPicture(3), 0b011U);
  EXPECT_EQ(DeltaPicture(3, false, 1), 0b010U);
}

TEST_F(Filter, ALayerThatIsNotSentAnyMoreIsNotWaitedFor) {
  Begin({255, 255}, 0b11);
  KeyPicture(2);
  DeltaPicture(2, false);
  EXPECT_FALSE(filter_.NeedsKeyFrame());
  filter_.SetAlive(0b01);
  EXPECT_TRUE(filter_.NeedsKeyFrame());
  EXPECT_EQ(KeyPicture(1), 0b1U);
  EXPECT_EQ(DeltaPicture(1, false), 0b1U);
  EXPECT_FALSE(filter_.NeedsKeyFrame());
}

TEST_F(Filter, ALayerThatBeginsOnWhatWasSentIsTakenAtOnce) {
  Begin({255, 255}, 0b01);
  EXPECT_EQ(KeyPicture(1), 0b1U);
  EXPECT_EQ(DeltaPicture(1, true), 0b1U);
  filter_.SetAlive(0b11);
  EXPECT_EQ(DeltaPicture(2, true), 0b11U) << "no picture of it has been left out";
}

TEST_F(Filter, TheLastLayerSentEndsThePicture) {
  Begin({1, 255}, 0b111);
  KeyPicture(3);
  NextPicture();
  EXPECT_FALSE(Take(Frame(0, 0)).ends_picture);
  FrameInfo first = Frame(1, 0);
  first.end_of_frame = false;
  EXPECT_FALSE(Take(first).ends_picture) << "its last packet does";
  EXPECT_TRUE(Take(Frame(1, 0)).ends_picture);
  EXPECT_FALSE(Take(Frame(2, 0)).ends_picture);
  EXPECT_TRUE(filter_.EndedPicture(timestamp_, 1, FrameInfo::kUnknownLayer));
  EXPECT_FALSE(filter_.EndedPicture(timestamp_, 0, FrameInfo::kUnknownLayer));
}

TEST_F(Filter, WhereTheEncoderHasLeftALayerOutTheOneBelowEndsThePicture) {
  Begin({1, 255}, 0b111);
  KeyPicture(3);
  NextPicture();
  FrameInfo frame = Frame(0, 0);
  frame.next_spatial = 1;
  EXPECT_FALSE(Take(frame).ends_picture);
  Take(Frame(1, 0));
  NextPicture();
  frame.next_spatial = 2;
  EXPECT_TRUE(Take(frame).ends_picture);
  EXPECT_TRUE(filter_.EndedPicture(timestamp_, 0, 2));
  EXPECT_FALSE(Take(Frame(2, 0)).pass);
  NextPicture();
  EXPECT_FALSE(Take(Frame(0, 0)).needs_key_frame);
}

TEST_F(Filter, APictureThatWasNeverEndedCallsForAKeyFrame) {
  Begin({1, 255}, 0b111);
  KeyPicture(3);
  NextPicture();
  EXPECT_FALSE(Take(Frame(0, 0)).ends_picture) << "nobody can know yet that the next is one too high";
  EXPECT_FALSE(Take(Frame(2, 0)).pass);
  NextPicture();
  EXPECT_TRUE(Take(Frame(0, 0)).needs_key_frame);
  EXPECT_TRUE(Take(Frame(1, 0)).ends_picture);
  NextPicture();
  EXPECT_FALSE(Take(Frame(0, 0)).needs_key_frame);
}

TEST_F(Filter, ALatePacketIsJudgedByTheCutOfItsTime) {
  Begin({255, 255}, 0b11);
  KeyPicture(2);
  NextPicture();
  Take(Frame(0, 0));
  const std::uint64_t late = ++sequence_;
  filter_.SetCap({0, 255});
  EXPECT_EQ(DeltaPicture(2, true), 0b01U);
  EXPECT_TRUE(filter_.Decide(Frame(1, 0), late, timestamp_ - 3000).pass) << "its picture needs it";
  EXPECT_FALSE(filter_.Decide(Frame(1, 0), sequence_, timestamp_).pass);
}

TEST_F(Filter, AsksForAKeyFrameOnceASecond) {
  Begin({0, 255}, 0b11);
  KeyPicture(2);
  filter_.SetCap({1, 255});
  int wishes = 0;
  for (int i = 0; i < 90; ++i) {
    NextPicture();
    wishes += Take(Frame(0, 0)).needs_key_frame ? 1 : 0;
    Take(Frame(1, 0));
  }
  EXPECT_EQ(wishes, 3);
}

TEST_F(Filter, WhereNothingIsKnownOfLayersAllPasses) {
  filter_.SetCap({0, 0});
  filter_.Begin(wire::LayerModel::kNone);
  FrameInfo frame = Frame(2, 2);
  frame.layers = wire::LayerModel::kNone;
  EXPECT_TRUE(Take(frame).pass);
  EXPECT_FALSE(filter_.NeedsKeyFrame());
}

}  // namespace
}  // namespace kcs::media
