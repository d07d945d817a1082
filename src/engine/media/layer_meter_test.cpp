#include "engine/media/layer_meter.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

// Two spatial layers at 30 pictures a second, every second one of temporal layer 1: 500 bytes of layer 0 and
// 1,000 of layer 1 a picture.
class Sender {
 public:
  bool lower_is_needed = true;
  bool upper = true;
  LayerMeter meter;
  Timestamp now{10s};

  void Send(int pictures) {
    for (int i = 0; i < pictures; ++i) {
      now += 33'333us;
      timestamp_ += 3000;
      temporal_ ^= 1;
      Packet(0, 500, lower_is_needed, !upper);
      if (upper) Packet(1, 1000, false, true);
    }
  }
  LayerBitrates Rates() const {
    LayerBitrates rates;
    meter.FillSpatial(rates, now);
    return rates;
  }

 private:
  void Packet(std::uint8_t spatial, std::size_t size, bool needed_above, bool last) {
    wire::FrameInfo frame;
    frame.layers = wire::LayerModel::kIds;
    frame.spatial = spatial;
    frame.temporal = temporal_;
    frame.needed_above = needed_above;
    frame.end_of_picture = last;
    meter.OnPacket(frame, size, timestamp_, now);
  }
  std::uint32_t timestamp_ = 0;
  std::uint8_t temporal_ = 1;
};

constexpr double kLow = 500 * 8 * 30;
constexpr double kHigh = 1000 * 8 * 30;

TEST(LayerMeter, AHigherLayerCostsWhatItNeedsOfTheLowerOnes) {
  Sender sender;
  sender.Send(60);
  const LayerBitrates rates = sender.Rates();
  EXPECT_NEAR(rates.bps[0][0], kLow / 2, kLow / 8);
  EXPECT_NEAR(rates.bps[0][1], kLow, kLow / 8);
  EXPECT_NEAR(rates.bps[1][0], (kLow + kHigh) / 2, kHigh / 8);
  EXPECT_NEAR(rates.bps[1][1], kLow + kHigh, kHigh / 8);
  EXPECT_EQ(rates.bps[1][3], rates.bps[1][1]) << "what is not there costs nothing more";
  EXPECT_EQ(rates.available[0], 0b11);
  EXPECT_EQ(rates.available[1], 0b11);
  EXPECT_EQ(rates.available[2], 0);
}

TEST(LayerMeter, ALayerThatStandsAloneCostsItselfOnly) {
  Sender sender;
  sender.lower_is_needed = false;
  sender.Send(60);
  EXPECT_NEAR(sender.Rates().bps[1][1], kHigh, kHigh / 8);
  EXPECT_NEAR(sender.Rates().bps[0][1], kLow, kLow / 8);
}

TEST(LayerMeter, PicturesWithoutALayerTellThatItIsGone) {
  Sender sender;
  sender.Send(60);
  EXPECT_EQ(sender.meter.alive(sender.now), 0b11);
  EXPECT_EQ(sender.meter.steady(sender.now), 0b11);
  sender.upper = false;
  sender.Send(LayerMeter::kMissingPictures - 1);
  EXPECT_EQ(sender.meter.alive(sender.now), 0b11) << "an encoder may skip a few";
  sender.Send(1);
  EXPECT_EQ(sender.meter.alive(sender.now), 0b01);
  EXPECT_EQ(sender.Rates().available[1], 0);
}

TEST(LayerMeter, ALayerThatComesBackIsMeasuredFromThen) {
  Sender sender;
  sender.Send(60);
  sender.upper = false;
  sender.Send(30);
  sender.upper = true;
  sender.Send(1);
  EXPECT_EQ(sender.meter.alive(sender.now), 0b11);
  EXPECT_EQ(sender.meter.steady(sender.now), 0b01);
  sender.Send(15);
  EXPECT_EQ(sender.meter.steady(sender.now), 0b11);
  EXPECT_NEAR(sender.Rates().bps[1][1], kLow + kHigh, kHigh / 4) << "half a second is not averaged over one";
}

TEST(LayerMeter, SilenceEndsAllLayersAndTheirRates) {
  Sender sender;
  sender.Send(60);
  sender.now += 1500ms;
  EXPECT_EQ(sender.meter.alive(sender.now), 0);
  EXPECT_EQ(sender.Rates().bps[1][1], 0U);
}

TEST(LayerMeter, OfSimulcastEachStreamIsARow) {
  Sender low;
  low.upper = false;
  Sender high;
  low.Send(60);
  high.Send(60);
  LayerBitrates rates;
  low.meter.FillStream(rates, 0, low.now);
  high.meter.FillStream(rates, 1, high.now);
  EXPECT_NEAR(rates.bps[0][1], kLow, kLow / 8);
  EXPECT_NEAR(rates.bps[1][0], (kLow + kHigh) / 2, kHigh / 8);
  EXPECT_NEAR(rates.bps[1][1], kLow + kHigh, kHigh / 8) << "with all that is inside";
  EXPECT_EQ(rates.available[1], 0b11);
}

TEST(LayerMeter, LayersBeyondTheTableCountAsTheHighest) {
  LayerMeter meter;
  wire::FrameInfo frame;
  frame.layers = wire::LayerModel::kIds;
  frame.spatial = 7;
  frame.temporal = 7;
  meter.OnPacket(frame, 100, 1, Timestamp{1s});
  EXPECT_EQ(meter.alive(Timestamp{1s}), 0b1000);
}

}  // namespace
}  // namespace kcs::media
