// What the core tells on its own about layers and speakers.
#include <gtest/gtest.h>

#include <string>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/sfu/testing/two_encodings.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::TestStream;

class LayerNews : public ::testing::Test, protected testing::TwoEncodings {
 protected:
  LayerNews() : TwoEncodings({.packets = 1, .size = 300}, {.packets = 1, .size = 300}) {
    rig_.Must(testing::ConsumerOf(producer_, receiver_.transport, ConsumerId(1), wire::Ssrc(5000)));
  }
  void Play(int frames) {
    for (int i = 0; i < frames; ++i) {
      for (const auto& packet : Picture(i % 10 == 0)) Send(packet);
      rig_.Advance(33ms);
    }
  }
  void Ask(ConsumerAction action, std::uint8_t spatial = 0) {
    rig_.Must(ConsumerCommand{
        .consumer = ConsumerId(1), .action = action, .spatial_layer = spatial, .temporal_layer = 255});
  }
};

TEST_F(LayerNews, ASenderHearsWhichLayersAreWantedWhenThatChanges) {
  Play(40);
  rig_.TakeNews<ProducerLayersWanted>();
  Play(40);
  EXPECT_TRUE(rig_.TakeNews<ProducerLayersWanted>().empty());

  Ask(ConsumerAction::kSetPreferredLayers, 0);
  EXPECT_TRUE(rig_.TakeNews<ProducerLayersWanted>().empty()) << "somebody may want it back at once";
  Play(20);
  auto told = rig_.TakeNews<ProducerLayersWanted>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].max_spatial_layer, 0);

  Ask(ConsumerAction::kPause);
  Play(20);
  told = rig_.TakeNews<ProducerLayersWanted>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].max_spatial_layer, std::nullopt);

  Ask(ConsumerAction::kSetPreferredLayers, 1);
  Ask(ConsumerAction::kResume);
  Play(1);
  told = rig_.TakeNews<ProducerLayersWanted>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].max_spatial_layer, 1);
}

TEST_F(LayerNews, AReceiverHearsWhatItGetsOnceItGetsIt) {
  Play(60);
  auto told = rig_.TakeNews<ConsumerLayersChanged>();
  ASSERT_FALSE(told.empty());
  ASSERT_TRUE(told.back().layers);
  EXPECT_EQ(told.back().layers->spatial, 1);

  Ask(ConsumerAction::kSetPreferredLayers, 0);
  Play(60);
  told = rig_.TakeNews<ConsumerLayersChanged>();
  ASSERT_EQ(told.size(), 1U);
  ASSERT_TRUE(told[0].layers);
  EXPECT_EQ(told[0].layers->spatial, 0);
  EXPECT_EQ(told[0].reason, congestion::AllocationReason::kPreferred);
}

TEST(TalkNews, TheActiveSpeakerIsToldAndForgottenWhenItLeaves) {
  CoreRig rig;
  CoreRig::Member& sender = rig.Join();
  rig.Exchange();
  rig.Must(testing::AudioProducer(sender.transport, ProducerId(7), wire::Ssrc(1000)));
  TestStream voice;
  voice.ssrc = 1000;
  voice.payload_type = testing::kAudioPayloadType;
  // Some noise, then speech at -20 dBov with the voice flag (RFC 6464).
  for (int i = 0; i < 200; ++i) {
    const char level = i < 50 ? char{100} : static_cast<char>(0x80 | 20);
    voice.extensions = {{testing::kAudioLevelId, std::string(1, level)}};
    const auto datagram = sender.Rtp(voice.Sound(80));
    rig.Feed({&datagram, 1});
    rig.Advance(20ms);
  }
  const auto told = rig.TakeNews<ActiveSpeakerChanged>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].producer, ProducerId(7));
  EXPECT_FALSE(rig.TakeNews<AudioLevels>().empty());

  rig.Must(ProducerCommand{.producer = ProducerId(7), .action = ProducerAction::kClose});
  const auto left = rig.TakeNews<ActiveSpeakerChanged>();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].producer, std::nullopt);
}

}  // namespace
}  // namespace kcs::sfu
