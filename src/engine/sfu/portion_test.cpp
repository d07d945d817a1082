// When pictures wait for the next packet of sound, and when they do not.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "engine/congestion/transport_feedback_generator.h"
#include "engine/sfu/pacer.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/sfu/testing/two_encodings.h"
#include "engine/wire/extensions.h"
#include "engine/wire/rtcp_remb.h"

namespace kcs::sfu {
namespace {

using testing::CoreRig;
using testing::Encoding;
using testing::TestStream;

constexpr std::uint32_t kLarge = 5000;  // SSRCs that the receiver sees
constexpr std::uint32_t kSmall = 5010;
constexpr std::uint32_t kSound = 6000;
constexpr std::uint8_t kTransportCcId = 5;
constexpr std::size_t kPacketSize = 1100;
constexpr Duration kBetweenSounds = 20ms;

// One who sends two cameras, of 2.6 Mbit/s and 440 kbit/s, and sound. Pictures come in the middle between two
// packets of sound.
class PicturesBesideSound : public ::testing::Test, protected testing::OneToOne {
 protected:
  PicturesBesideSound() {
    rig_.Must(large_);
    rig_.Must(small_);
    rig_.Must(audio_);
    Consume(large_, ConsumerId(1), kLarge);
    Consume(small_, ConsumerId(2), kSmall);
    rig_.Must(testing::ConsumerOf(audio_, receiver_.transport, ConsumerId(3), wire::Ssrc(kSound)));
    large_stream_.ssrc = 1000;
    small_stream_.ssrc = 2000;
    sound_.ssrc = 3000;
    sound_.payload_type = testing::kAudioPayloadType;
    ShowLarge(false);
  }
  void ShowLarge(bool shown) {
    shows_large_ = shown;
    const auto action = shown ? ConsumerAction::kResume : ConsumerAction::kPause;
    rig_.Must(ConsumerCommand{.consumer = ConsumerId(1), .action = action});
  }
  // The receiver says what its link carries.
  void Estimate(std::uint64_t bps) {
    std::vector<std::uint8_t> bytes(64);
    ByteWriter writer(bytes);
    wire::Remb remb{.sender_ssrc = wire::Ssrc(1), .bitrate_bps = bps, .sources = {}};
    remb.sources.PushBack(wire::Ssrc(kLarge));
    remb.Write(writer);
    SendRtcp(receiver_, writer.written());
  }
  // The receiver reports when packets arrive over a link of this width.
  void ReportArrivals(std::uint64_t capacity) { capacity_ = capacity; }

  // Plays on; the longest that a packet of a picture has waited meanwhile.
  Duration Wait(Duration duration) {
    for (Duration passed{}; passed < Pacer::kMaxWait; passed += kBetweenSounds) {
      Send(sound_.Sound(100));
      PassTime(kBetweenSounds);
    }
    longest_ = {};
    most_left_over_ = waiting_ = 0;  // of those before nothing waits any more
    for (Duration played{}; played < duration; played += kBetweenSounds) {
      made_ = rig_.now();
      // (Key pictures all of them: whoever is shown anew has to wait for none.)
      for (const auto& packet : small_stream_.VideoFrame(1, kPacketSize, true)) Send(packet);
      for (const auto& packet : large_stream_.VideoFrame(6, kPacketSize, true)) Send(packet);
      waiting_ += shows_large_ ? 7 : 1;
      PassTime(kBetweenSounds / 2);
      Send(sound_.Sound(100));
      PassTime(kBetweenSounds / 2);
      most_left_over_ = std::max(most_left_over_, waiting_);
    }
    EXPECT_EQ(waiting_, 0) << "packets that have not come";
    return longest_;
  }
  // How many waited on after a packet of sound then.
  int most_left_over() const { return most_left_over_; }
  std::uint32_t available() {
    const auto stats = std::get<RouterStats>(rig_.Must(GetRouterStats{CoreRig::kRouter}));
    return stats.transports.at(1).available_bitrate.value_or(0);
  }

 private:
  struct Arrival {
    Timestamp at;
    std::uint16_t number = 0;
  };

  void Consume(const CreateProducer& producer, ConsumerId id, std::uint32_t ssrc) {
    auto consumer = testing::ConsumerOf(producer, receiver_.transport, id, wire::Ssrc(ssrc));
    for (ConsumerCodec& codec : consumer.codecs) codec.feedback.transport_cc = true;
    rig_.Must(consumer);
  }
  void PassTime(Duration duration) {
    Take();
    for (Duration passed{}; passed < duration; passed += 1ms) {
      rig_.Advance(1ms);
      Take();
    }
  }
  // What has left just now.
  void Take() {
    for (const auto& received : receiver_.peer->TakeReceived()) {
      const auto rtp = received.rtcp ? std::nullopt : wire::RtpPacket::Parse(received.bytes);
      if (!rtp) continue;
      const std::uint32_t ssrc = rtp->ssrc().value();
      if (ssrc == kLarge || ssrc == kSmall) {
        --waiting_;
        longest_ = std::max(longest_, rig_.now() - made_);
      }
      const auto number = wire::ParseTransportSequence(rtp->Extension(kTransportCcId));
      if (capacity_ == 0 || ssrc == kSound || !number) continue;
      free_at_ = std::max(free_at_, rig_.now()) + Duration(received.bytes.size() * 8'000'000 / capacity_);
      arriving_.push_back({free_at_, *number});
    }
    for (; !arriving_.empty() && arriving_.front().at <= rig_.now(); arriving_.pop_front())
      feedback_.OnPacket(arriving_.front().number, arriving_.front().at);
    std::vector<std::uint8_t> bytes(1200);
    const std::size_t size = feedback_.Build(rig_.now(), wire::Ssrc(1), wire::Ssrc(kLarge), bytes);
    if (size != 0) SendRtcp(receiver_, Bytes(bytes).first(size));
  }

  CreateProducer large_ = testing::VideoProducer(sender_.transport, ProducerId(1), {Encoding(1000, 1001)});
  CreateProducer small_ = testing::VideoProducer(sender_.transport, ProducerId(2), {Encoding(2000, 2001)});
  CreateProducer audio_ = testing::AudioProducer(sender_.transport, ProducerId(3), wire::Ssrc(3000));
  TestStream large_stream_;
  TestStream small_stream_;
  TestStream sound_;
  Timestamp made_{};  // the last pictures
  Duration longest_{};
  bool shows_large_ = false;
  int waiting_ = 0;
  int most_left_over_ = 0;
  std::uint64_t capacity_ = 0;  // 0: nothing is reported
  Timestamp free_at_{};
  std::deque<Arrival> arriving_;
  congestion::TransportFeedbackGenerator feedback_;
};

TEST_F(PicturesBesideSound, LeaveRightBehindItOnceTheyTakeMuchAndForAWhileAfter) {
  Estimate(4'000'000);
  Wait(8s);  // until it is known what they take
  EXPECT_EQ(Wait(2s), 0ms) << "small ones";
  ShowLarge(true);
  Wait(1s);
  EXPECT_GE(Wait(2s), kBetweenSounds / 2) << "until the next packet of sound";
  EXPECT_EQ(most_left_over(), 0) << "all of them";
  ShowLarge(false);
  Wait(1s);
  EXPECT_GE(Wait(1s), kBetweenSounds / 2) << "as long as large ones may stand in a queue";
  Wait(2s);
  EXPECT_EQ(Wait(2s), 0ms);
}

TEST_F(PicturesBesideSound, DoNotWaitForItOnALinkThatIsSaidToBeWide) {
  ShowLarge(true);
  Estimate(7'000'000);
  Wait(2s);
  EXPECT_EQ(Wait(2s), 0ms);
  Estimate(5'000'000);
  EXPECT_GE(Wait(2s), kBetweenSounds / 2);
}

TEST_F(PicturesBesideSound, DoNotWaitForItWhereNothingIsReported) {
  ShowLarge(true);
  EXPECT_EQ(Wait(5s), 0ms);
}

// A receiver that is sent little of what its link carries: the estimate says nothing of how wide it is.
TEST_F(PicturesBesideSound, DoNotWaitForItWhereWhatIsSentAtOnceArrivesFast) {
  ShowLarge(true);
  ReportArrivals(50'000'000);
  Wait(5s);
  EXPECT_EQ(Wait(3s), 0ms);
  EXPECT_GT(available(), 0U);
  EXPECT_LT(available(), 6'000'000U);
  ReportArrivals(4'500'000);
  Wait(3s);
  EXPECT_GE(Wait(2s), kBetweenSounds / 2) << "it has become narrow";
}

}  // namespace
}  // namespace kcs::sfu
