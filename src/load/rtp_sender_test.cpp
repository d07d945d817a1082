#include "load/rtp_sender.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/wire/rtp_packet.h"

namespace kcs::load {
namespace {

using wire::ExtensionType;
constexpr Timestamp kNow{Duration(5'000'000)};

RtpSender::Settings Settings() {
  RtpSender::Settings settings;
  settings.ssrc = wire::Ssrc(11);
  settings.rtx_ssrc = wire::Ssrc(12);
  settings.payload_type = 96;
  settings.rtx_payload_type = 97;
  settings.mid = "1";
  settings.extensions.Set(ExtensionType::kMid, 4);
  settings.extensions.Set(ExtensionType::kAbsSendTime, 2);
  settings.extensions.Set(ExtensionType::kTransportWideCc, 3);
  return settings;
}

Payload SomePayload(std::uint32_t timestamp = 1000) {
  Payload payload;
  payload.timestamp = timestamp;
  payload.size = 200;
  payload.marker = true;
  payload.prefix_size = 16;
  payload.prefix.fill(7);
  return payload;
}

class RtpSenderTest : public ::testing::Test {
 protected:
  wire::RtpPacket Packet(std::size_t i) { return *wire::RtpPacket::Parse(batch_.plaintext(i)); }

  SeededEntropy entropy_{1};
  RtpSender sender_{Settings(), entropy_};
  RtpBatch batch_;
  std::uint16_t transport_sequence_ = 100;
};

TEST_F(RtpSenderTest, WritesTheHeaderExtensionsThatWereNegotiated) {
  sender_.Write(SomePayload(), kNow, transport_sequence_, batch_);
  const wire::RtpPacket packet = Packet(0);
  EXPECT_EQ(packet.ssrc(), wire::Ssrc(11));
  EXPECT_EQ(packet.payload_type(), 96);
  EXPECT_EQ(packet.timestamp(), 1000U);
  EXPECT_TRUE(packet.marker());
  EXPECT_EQ(wire::ParseIdentification(packet.Extension(4)), "1");
  EXPECT_EQ(wire::ParseAbsSendTime(packet.Extension(2)), wire::ToAbsSendTime(kNow));
  EXPECT_EQ(wire::ParseTransportSequence(packet.Extension(3)), 100);
  EXPECT_EQ(transport_sequence_, 101);
  EXPECT_EQ(packet.payload_size(), 200U);
  EXPECT_EQ(packet.extensions().size(), 3U);
}

TEST_F(RtpSenderTest, SendsAudioLevelsWithSound) {
  RtpSender::Settings settings = Settings();
  settings.kind = wire::MediaKind::kAudio;
  settings.extensions.Set(ExtensionType::kAudioLevel, 1);
  RtpSender sender(settings, entropy_);
  Payload payload = SomePayload();
  payload.audio_level = 30;
  sender.Write(payload, kNow, transport_sequence_, batch_);
  EXPECT_EQ(wire::AudioLevel::Parse(Packet(0).Extension(1)), (wire::AudioLevel{true, 30}));
}

TEST_F(RtpSenderTest, NumbersItsPacketsWithoutGaps) {
  for (int i = 0; i < 10; ++i) sender_.Write(SomePayload(), kNow, transport_sequence_, batch_);
  for (std::size_t i = 1; i < 10; ++i)
    EXPECT_EQ(Packet(i).sequence_number(), static_cast<std::uint16_t>(Packet(0).sequence_number() + i));
  EXPECT_EQ(sender_.stream().packets(), 10U);
}

TEST_F(RtpSenderTest, RepeatsAPacketWithItsFirstStampOnTheOtherStream) {
  sender_.Write(SomePayload(), kNow, transport_sequence_, batch_);
  const std::uint16_t sequence = Packet(0).sequence_number();
  ASSERT_TRUE(sender_.Resend(sequence, kNow + 50ms, transport_sequence_, batch_));
  const wire::RtpPacket rtx = Packet(1);
  EXPECT_EQ(rtx.ssrc(), wire::Ssrc(12));
  EXPECT_EQ(rtx.payload_type(), 97);
  EXPECT_EQ(rtx.timestamp(), 1000U);
  ASSERT_EQ(rtx.payload_size(), 202U);
  EXPECT_EQ(LoadU16(rtx.payload().data()), sequence);
  EXPECT_TRUE(std::ranges::equal(rtx.payload().subspan(2, 28), Packet(0).payload().first(28)));
  EXPECT_EQ(wire::ParseTransportSequence(rtx.Extension(3)), 101);
  EXPECT_EQ(sender_.stream().packets(), 1U);
  EXPECT_EQ(sender_.stream().retransmitted(), 1U);
}

TEST_F(RtpSenderTest, DoesNotRepeatWithoutEnd) {
  sender_.Write(SomePayload(), kNow, transport_sequence_, batch_);
  const std::uint16_t sequence = Packet(0).sequence_number();
  const auto repeat = [&](Timestamp now) {
    int repeated = 0;
    for (int i = 0; i < 1000; ++i) {
      batch_.Clear();
      repeated += sender_.Resend(sequence, now, transport_sequence_, batch_) ? 1 : 0;
    }
    return repeated;
  };
  EXPECT_EQ(repeat(kNow), 100);
  EXPECT_EQ(repeat(kNow + 500ms), 50);
}

TEST_F(RtpSenderTest, CannotRepeatWhatItNeverSentOrNoLongerHas) {
  sender_.Write(SomePayload(), kNow, transport_sequence_, batch_);
  const std::uint16_t first = Packet(0).sequence_number();
  EXPECT_FALSE(sender_.Resend(static_cast<std::uint16_t>(first + 1), kNow, transport_sequence_, batch_));
  for (std::size_t i = 0; i < RtpSender::kKept; ++i) {
    batch_.Clear();
    sender_.Write(SomePayload(), kNow, transport_sequence_, batch_);
  }
  batch_.Clear();
  EXPECT_FALSE(sender_.Resend(first, kNow, transport_sequence_, batch_));
  EXPECT_TRUE(sender_.Resend(static_cast<std::uint16_t>(first + 1), kNow, transport_sequence_, batch_));
}

}  // namespace
}  // namespace kcs::load
