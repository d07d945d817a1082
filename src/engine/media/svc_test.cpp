// All scalability modes, by a sender that makes real packets, through gate and rewriter. What a receiver gets
// must be decodable at every moment, whatever is wanted and whenever that changes.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/entropy.h"
#include "engine/media/layer_gate.h"
#include "engine/media/layer_meter.h"
#include "engine/media/rewriter.h"
#include "engine/wire/testing/svc_sender.h"

namespace kcs::media {
namespace {

using wire::testing::SvcFormat;
using wire::testing::SvcFrame;
using wire::testing::SvcMode;
using wire::testing::SvcPacket;
using wire::testing::SvcSender;

struct Case {
  std::string mode;
  SvcFormat format = SvcFormat::kVp9;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.mode << " " << static_cast<int>(c.format); }

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const SvcFormat format : {SvcFormat::kVp9, SvcFormat::kVp9Flexible, SvcFormat::kAv1}) {
    for (const std::string& mode : SvcMode::All()) cases.push_back({mode, format});
  }
  return cases;
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  static constexpr std::array kNames{"Vp9_", "Vp9Flexible_", "Av1_"};
  return kNames[static_cast<std::size_t>(info.param.format)] + info.param.mode;
}

// What arrived, in order of outgoing numbers.
class Receiver {
 public:
  struct Got {
    wire::testing::SvcPlace place;
    std::uint32_t timestamp = 0;
    bool marker = false;
  };
  void Take(std::uint64_t sequence, const Got& got) { got_[sequence] = got; }
  void Fill(std::uint64_t sequence) { filled_.insert(sequence); }

  // Every frame complete, with all that it refers to; no hole; a marker at the end of each picture only.
  void Check(const std::vector<SvcFrame>& frames) const {
    std::map<std::uint32_t, int> packets;
    std::set<std::uint32_t> decodable;
    std::uint64_t before = 0;
    for (auto it = got_.begin(); it != got_.end(); ++it) {
      const auto& [sequence, got] = *it;
      for (++before; before != 1 && filled_.contains(before);) ++before;
      if (it != got_.begin()) {
        ASSERT_EQ(sequence, before) << "a hole";
      }
      before = sequence;
      const SvcFrame& frame = frames[got.place.frame];
      ASSERT_EQ(got.place.packet, packets[frame.index]++) << "of frame " << frame.index;
      if (packets[frame.index] == frame.packets) {
        for (const std::uint32_t reference : frame.references) {
          ASSERT_TRUE(decodable.contains(reference))
              << "frame " << frame.index << " (S" << frame.spatial << "T" << frame.temporal << ") refers to "
              << reference << " (S" << frames[reference].spatial << "T" << frames[reference].temporal << ")";
        }
        decodable.insert(frame.index);
      }
      const auto next = std::next(it);
      const bool last = next == got_.end() || next->second.timestamp != got.timestamp;
      ASSERT_EQ(got.marker, last) << "frame " << frame.index << " S" << frame.spatial << "T"
                                  << frame.temporal;
    }
    for (const auto& [frame, count] : packets) ASSERT_EQ(count, frames[frame].packets) << "torn: " << frame;
  }
  // The layers among what came since picture `from`.
  std::set<std::pair<int, int>> LayersSince(int from, const std::vector<SvcFrame>& frames) const {
    std::set<std::pair<int, int>> layers;
    for (const auto& [sequence, got] : got_) {
      const SvcFrame& frame = frames[got.place.frame];
      if (frame.picture >= from) layers.insert({frame.spatial, frame.temporal});
    }
    return layers;
  }

 private:
  std::map<std::uint64_t, Got> got_;
  std::set<std::uint64_t> filled_;
};

class Svc : public ::testing::TestWithParam<Case> {
 protected:
  static constexpr int kKeyFrameDelay = 3;  // pictures from a request on

  void SetTarget(LayerTarget target) {
    if (gate_.SetTarget(target)) AskForKeyFrame();
  }
  void Play(int pictures) {
    for (int i = 0; i < pictures; ++i) {
      now_ += 33'333us;
      timestamp_ += 3000;
      const bool key = key_in_ == 0;
      if (key_in_ >= 0) --key_in_;
      key_pictures_ += key ? 1 : 0;
      for (const SvcPacket& packet : sender_.NextPicture(key)) {
        const Sent sent{packet, ++sequence_, timestamp_};
        if (loses_ && !key && entropy_.Below(15) == 0) {
          lost_.push_back(sent);
        } else {
          Pass(sent);
        }
      }
      if (!lost_.empty() && entropy_.Below(2) == 0) Recover();
      ++pictures_;
    }
  }
  void AskForKeyFrame() {
    if (key_in_ < 0) key_in_ = kKeyFrameDelay;
  }

  struct Sent {
    SvcPacket packet;
    std::uint64_t sequence = 0;
    std::uint32_t timestamp = 0;
  };
  void Recover() {
    for (const Sent& sent : lost_) Pass(sent);
    lost_.clear();
  }

  void Pass(const Sent& sent) {
    const SvcPacket& packet = sent.packet;
    std::optional<wire::DependencyDescriptor> descriptor;
    if (!packet.descriptor.empty()) {
      descriptor = wire::DependencyDescriptor::Parse(packet.descriptor, dependencies_);
      ASSERT_TRUE(descriptor);
    }
    const auto codec = descriptor ? wire::CodecType::kAv1 : wire::CodecType::kVp9;
    const auto frame =
        wire::DescribePayload(codec, packet.payload, packet.marker, descriptor ? &*descriptor : nullptr);
    ASSERT_TRUE(frame);
    meter_.OnPacket(*frame, packet.payload.size(), sent.timestamp, now_);
    const std::uint8_t alive = meter_.alive(now_);
    if (alive != alive_ && gate_.OnStreams(alive, alive)) AskForKeyFrame();
    alive_ = alive;

    const auto decision = gate_.Decide(0, *frame, sent.sequence, sent.timestamp);
    if (decision.wants_key_frame) AskForKeyFrame();
    const bool left_out = decision.action == LayerGate::Action::kDrop;
    if (left_out && rewriter_.Drop(0, sent.sequence)) return;
    if (decision.action == LayerGate::Action::kSwitch) rewriter_.Switch(0, std::nullopt);
    const auto mapped = rewriter_.Map(0, sent.sequence, sent.timestamp, now_);
    if (left_out) {
      if (mapped && gate_.current()) receiver_.Fill(mapped->sequence);
      return;
    }
    ASSERT_TRUE(mapped);
    receiver_.Take(mapped->sequence, {.place = wire::testing::PlaceOf(packet.payload),
                                      .timestamp = sent.timestamp,
                                      .marker = packet.marker || decision.ends_picture});
  }

  LayerTarget Lowest() const { return {.spatial = 0, .temporal = 0}; }
  Layers Top() const {
    return {static_cast<std::uint8_t>(sender_.mode().spatial - 1),
            static_cast<std::uint8_t>(sender_.mode().temporal - 1)};
  }

  SvcSender sender_{SvcMode::Parse(GetParam().mode), GetParam().format};
  SeededEntropy entropy_{7};
  LayerGate gate_{wire::MediaKind::kVideo, 1};
  LayerMeter meter_;
  Rewriter rewriter_{90'000, entropy_};
  Receiver receiver_;
  wire::DependencyDescriptorState dependencies_;
  Timestamp now_{10s};
  std::uint64_t sequence_ = 70'000;
  std::uint32_t timestamp_ = 0;
  bool loses_ = false;
  std::vector<Sent> lost_;  // and on their way again
  std::uint8_t alive_ = 0;
  int key_in_ = -1;
  int key_pictures_ = 0;
  int pictures_ = 0;
};

TEST_P(Svc, EveryTargetIsReachedFromEveryOther) {
  const SvcMode mode = sender_.mode();
  Play(20);
  for (int from = 0; from < mode.spatial * mode.temporal; ++from) {
    for (int to = 0; to < mode.spatial * mode.temporal; ++to) {
      for (const int layers : {from, to}) {
        const LayerTarget target{.spatial = static_cast<std::uint8_t>(layers / mode.temporal),
                                 .temporal = static_cast<std::uint8_t>(layers % mode.temporal)};
        SetTarget(target);
        Play(13 + to);
        EXPECT_EQ(gate_.current_layers(), (Layers{target.spatial, target.temporal}));
        EXPECT_FALSE(gate_.wants_key_frame());
      }
    }
  }
  receiver_.Check(sender_.frames());
}

TEST_P(Svc, AnythingAtAnyTimeStaysDecodable) {
  for (int i = 0; i < 120; ++i) {
    const LayerTarget target{.spatial = static_cast<std::uint8_t>(entropy_.Below(4)),
                             .temporal = static_cast<std::uint8_t>(entropy_.Below(4)),
                             .nothing = entropy_.Below(10) == 0};
    SetTarget(target);
    Play(static_cast<int>(entropy_.Below(9)));
    if (entropy_.Below(20) == 0) AskForKeyFrame();
  }
  SetTarget({});
  Play(20);
  EXPECT_EQ(gate_.current_layers(), Top());
  receiver_.Check(sender_.frames());
}

TEST_P(Svc, PacketsThatComeLateFindTheirPlace) {
  Play(10);
  loses_ = true;
  for (int i = 0; i < 100; ++i) {
    SetTarget({.spatial = static_cast<std::uint8_t>(entropy_.Below(4)),
               .temporal = static_cast<std::uint8_t>(entropy_.Below(4))});
    Play(static_cast<int>(entropy_.Below(9)));
  }
  loses_ = false;
  Recover();
  Play(1);
  receiver_.Check(sender_.frames());
}

TEST_P(Svc, TheLowestLayerIsSentWithoutTheOthers) {
  SetTarget(Lowest());
  Play(50);
  const auto layers = receiver_.LayersSince(0, sender_.frames());
  EXPECT_EQ(layers, (std::set<std::pair<int, int>>{{0, 0}}));
  receiver_.Check(sender_.frames());
}

TEST_P(Svc, TemporalLayersComeAndGoWithoutAKeyFrame) {
  Play(20);
  SetTarget({.spatial = 255, .temporal = 0});
  Play(20);
  EXPECT_EQ(gate_.current_layers(), (Layers{Top().spatial, 0}));
  SetTarget({});
  Play(9);
  EXPECT_EQ(gate_.current_layers(), Top());
  EXPECT_EQ(key_pictures_, 0);
  receiver_.Check(sender_.frames());
}

TEST_P(Svc, WhenTheSenderStopsItsTopLayerTheReceiverGoesOn) {
  const SvcMode mode = sender_.mode();
  Play(20);
  sender_.SetSpatialLayers(1);
  Play(20);
  EXPECT_EQ(gate_.current_layers()->spatial, 0);
  const int settled = pictures_;
  Play(8);
  EXPECT_EQ(receiver_.LayersSince(settled, sender_.frames()).size(), static_cast<std::size_t>(mode.temporal));
  sender_.SetSpatialLayers(mode.spatial);
  if (mode.prediction != SvcMode::Prediction::kFull) key_in_ = 0;
  Play(20);
  EXPECT_EQ(gate_.current_layers(), Top());
  if (mode.prediction == SvcMode::Prediction::kFull) {
    EXPECT_EQ(key_pictures_, 0);
  }
  receiver_.Check(sender_.frames());
}

TEST_P(Svc, BetweenKeyPicturesLayersThatStandAloneGoWithoutTheLowerOnes) {
  const SvcMode mode = sender_.mode();
  Play(20);
  const int settled = pictures_;
  Play(20);
  const std::size_t all = static_cast<std::size_t>(mode.spatial * mode.temporal);
  const bool alone = mode.prediction != SvcMode::Prediction::kFull;
  EXPECT_EQ(receiver_.LayersSince(settled, sender_.frames()).size(),
            alone ? static_cast<std::size_t>(mode.temporal) : all);
  LayerBitrates rates;
  meter_.FillSpatial(rates, now_);
  for (int s = 1; s < mode.spatial; ++s) {
    const auto row = static_cast<std::size_t>(s);
    if (alone) {
      EXPECT_NEAR(rates.bps[row][Top().temporal], rates.bps[0][Top().temporal],
                  rates.bps[0][Top().temporal] / 4);
    } else {
      EXPECT_GT(rates.bps[row][0], rates.bps[row - 1][0] * 5 / 4);
    }
    EXPECT_EQ(rates.available[row], (1U << mode.temporal) - 1);
  }
  receiver_.Check(sender_.frames());
}

INSTANTIATE_TEST_SUITE_P(Modes, Svc, ::testing::ValuesIn(AllCases()), NameOf);

}  // namespace
}  // namespace kcs::media
