#include "load/receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <vector>

#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_receiver_report.h"
#include "engine/wire/rtcp_transport_feedback.h"
#include "engine/wire/rtp_packet.h"
#include "engine/wire/vp8.h"
#include "load/rtp_sender.h"
#include "load/video_source.h"

namespace kcs::load {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Timestamp kStart{Duration(1'000'000'000)};
constexpr std::uint8_t kTransportCc = 3;
constexpr wire::Ssrc kSsrc{31};
constexpr wire::Ssrc kRtx{32};

crypto::SrtpKey Key() {
  SeededEntropy entropy(7);
  crypto::SrtpKey key{
      .profile = crypto::SrtpProfile::kAeadAes128Gcm, .key = {}, .key_size = 16, .salt = {}, .salt_size = 12};
  entropy.Fill(key.key);
  entropy.Fill(key.salt);
  return key;
}

// A video stream from a sender to a receiver in virtual time; what the link does is the test's.
class ReceiverTest : public ::testing::Test {
 protected:
  explicit ReceiverTest(std::uint32_t verify_every = 1, std::uint32_t slower = 1)
      : receiver_(entropy_, traffic_, verify_every, slower) {
    RtpSender::Settings settings;
    settings.ssrc = kSsrc;
    settings.rtx_ssrc = kRtx;
    settings.payload_type = 96;
    settings.rtx_payload_type = 97;
    settings.mid = "0";
    settings.extensions.Set(wire::ExtensionType::kTransportWideCc, kTransportCc);
    sender_.emplace(settings, entropy_);
    ConsumedStream stream;
    stream.ssrc = kSsrc;
    stream.rtx_ssrc = kRtx;
    stream.extensions = settings.extensions;
    receiver_.Add(stream);
  }

  std::vector<std::uint8_t> Seal(std::size_t i) {
    const Bytes plain = batch_.plaintext(i);
    const auto packet = *wire::RtpPacket::Parse(plain);
    std::vector<std::uint8_t> sealed(plain.size() + crypto::RtpOverhead(sealer_.profile()));
    const crypto::SealJob job{.sealer = &sealer_,
                              .ssrc = packet.ssrc().value(),
                              .index = packet.sequence_number(),
                              .header = plain.first(packet.header_size()),
                              .body = plain.subspan(packet.header_size()),
                              .out = sealed.data()};
    crypto::SrtpSealer::SealRtp({&job, 1});
    return sealed;
  }
  // One packet, sealed as the server would.
  std::vector<std::uint8_t> Next() {
    Payload payload;
    payload.timestamp = static_cast<std::uint32_t>(ToMicros(now_) * 9 / 100);
    payload.size = 300;
    wire::Vp8Descriptor descriptor;
    descriptor.start_of_partition = true;
    ByteWriter writer(payload.prefix);
    descriptor.Write(writer);
    writer.U8(0x11);
    writer.Zeros(kVp8FrameHeader - 1);
    payload.prefix_size = static_cast<std::uint8_t>(writer.size());
    batch_.Clear();
    sender_->Write(payload, now_, transport_sequence_, batch_);
    last_ = wire::RtpPacket::Parse(batch_.plaintext(0))->sequence_number();
    return Seal(0);
  }
  void Deliver(std::vector<std::uint8_t> datagram, Duration delay = 20ms) {
    receiver_.OnRtp(datagram, opener_, now_ + delay);
  }
  void Stream(int packets) {
    for (int i = 0; i < packets; ++i, now_ += 10ms) Deliver(Next());
  }
  // RTCP packets that are due, by type and format.
  std::vector<std::uint16_t> Nacked(Timestamp now) {
    std::vector<std::uint16_t> numbers;
    feedback_statuses_ = 0;
    blocks_.clear();
    std::vector<std::uint8_t> memory(8192);
    media::RtcpPacker packer(wire::Ssrc(1), memory);
    receiver_.AddFeedback(now, packer);
    packer.Finish();
    for (std::size_t i = 0; i < packer.count(); ++i) {
      wire::RtcpCompoundReader reader(packer.compound(i));
      while (const auto packet = reader.Next()) Read(*packet, numbers);
    }
    return numbers;
  }
  void Read(const wire::RtcpPacket& packet, std::vector<std::uint16_t>& numbers) {
    if (packet.type == wire::RtcpType::kReceiverReport) {
      const auto report = wire::ReceiverReport::Parse(packet.count, packet.body);
      for (const auto& block : report->blocks) blocks_.push_back(block);
    } else if (packet.type == wire::RtcpType::kTransportFeedback && packet.count == wire::Nack::kFormat) {
      std::array<std::uint16_t, 64> out;
      const auto nack = wire::Nack::Parse(packet.count, packet.body);
      numbers.assign(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(nack->SequenceNumbers(out)));
    } else if (packet.type == wire::RtcpType::kTransportFeedback) {
      feedback_statuses_ += wire::TransportFeedback::Parse(packet.count, packet.body)->status_count;
    }
  }
  Receiver::Count Count() { return receiver_.Counts().front(); }

  SeededEntropy entropy_{1};
  Traffic traffic_;
  Receiver receiver_;
  std::optional<RtpSender> sender_;
  crypto::SrtpSealer sealer_{Key()};
  crypto::SrtpOpener opener_{Key()};
  RtpBatch batch_;
  Timestamp now_ = kStart;
  std::uint16_t transport_sequence_ = 1;
  std::uint16_t last_ = 0;
  std::vector<wire::ReportBlock> blocks_;
  int feedback_statuses_ = 0;
};

TEST_F(ReceiverTest, MeasuresTheWayThroughTheServer) {
  Stream(100);
  EXPECT_EQ(traffic_.video.count(), 100U);
  EXPECT_EQ(traffic_.video.max(), Duration(20ms));
  EXPECT_EQ(receiver_.first_media(), kStart + 20ms);
  EXPECT_EQ(Count().packets, 100U);
  EXPECT_EQ(Count().lost, 0);
  EXPECT_EQ(receiver_.flowing(), 1U);
}

TEST_F(ReceiverTest, AsksForWhatIsMissingAndCountsWhatComesBack) {
  Stream(10);
  Next();
  const std::uint16_t missing = last_;
  Stream(3);
  EXPECT_EQ(Count().lost, 1);
  EXPECT_LE(receiver_.NextDeadline(), now_ + 20ms);
  EXPECT_THAT(Nacked(now_ + 20ms), ElementsAre(missing));
  batch_.Clear();
  ASSERT_TRUE(sender_->Resend(missing, now_, transport_sequence_, batch_));
  Deliver(Seal(0));
  EXPECT_EQ(Count().lost, 0);
  EXPECT_EQ(Count().recovered, 1);
  EXPECT_EQ(Count().packets, 14U);
  EXPECT_EQ(traffic_.rtx, 1U);
  EXPECT_THAT(Nacked(now_ + 1s), IsEmpty());
}

TEST_F(ReceiverTest, CountsWhatNeverComesBack) {
  Stream(10);
  for (int i = 0; i < 5; ++i) Next();
  Stream(10);
  EXPECT_EQ(Count().lost, 5);
  EXPECT_EQ(Count().packets, 20U);
}

TEST_F(ReceiverTest, TellsWhenEachPacketArrived) {
  Stream(8);
  Nacked(now_ + 50ms);  // a hundred milliseconds after the first
  EXPECT_EQ(feedback_statuses_, 8);
  Stream(2);
  Nacked(now_);
  EXPECT_EQ(feedback_statuses_, 0);
  Nacked(now_ + 120ms);
  EXPECT_EQ(feedback_statuses_, 2);
}

TEST_F(ReceiverTest, ReportsLossAsReceiversDo) {
  Stream(50);
  for (int i = 0; i < 50; ++i) Next();
  Stream(100);
  Nacked(now_ + 1s);
  ASSERT_EQ(blocks_.size(), 1U);
  EXPECT_EQ(blocks_[0].ssrc, kSsrc);
  EXPECT_EQ(blocks_[0].cumulative_lost, 50);
  EXPECT_EQ(blocks_[0].fraction_lost, 64);
}

TEST_F(ReceiverTest, CountsFromTheStartOfTheMeasuredTime) {
  Stream(10);
  Next();
  Stream(10);
  receiver_.StartWindow();
  EXPECT_EQ(Count().packets, 0U);
  EXPECT_EQ(Count().lost, 0);
  Stream(5);
  Next();
  Stream(1);
  EXPECT_EQ(Count().packets, 6U);
  EXPECT_EQ(Count().lost, 1);
}

TEST_F(ReceiverTest, DoesNotCountWhatIsBroken) {
  Stream(10);
  std::vector<std::uint8_t> datagram = Next();
  datagram.back() ^= 1;
  Deliver(datagram);
  EXPECT_EQ(traffic_.undecryptable, 1U);
  EXPECT_EQ(Count().packets, 10U);
}

TEST_F(ReceiverTest, CountsOtherStreamsAsPaddingAndReportsThem) {
  Stream(1);
  std::vector<std::uint8_t> datagram = Next();
  StoreU32(datagram.data() + wire::kRtpSsrcOffset, 1234);
  Deliver(datagram);
  EXPECT_EQ(traffic_.padding, 1U);
  EXPECT_EQ(Count().packets, 1U);
  Nacked(now_ + 120ms);
  EXPECT_EQ(feedback_statuses_, 2);
}

class SparselyVerifyingReceiverTest : public ReceiverTest {
 protected:
  SparselyVerifyingReceiverTest() : ReceiverTest(10) {}
};

TEST_F(SparselyVerifyingReceiverTest, CountsAllAndDecryptsSome) {
  Stream(50);
  Next();
  Stream(50);
  EXPECT_EQ(Count().packets, 100U);
  EXPECT_EQ(Count().lost, 1);
  EXPECT_EQ(traffic_.video.count(), 10U);
  EXPECT_EQ(traffic_.undecryptable, 0U);
  Nacked(now_ + 1s);
  EXPECT_EQ(feedback_statuses_, 101);
}

class SlowerReceiverTest : public ReceiverTest {
 protected:
  SlowerReceiverTest() : ReceiverTest(1, 5) {}
  // How many reports and how much feedback go out while a packet comes every 50 ms, for so long.
  std::pair<int, int> Count(Duration time) {
    std::pair<int, int> count;
    for (const Timestamp end = now_ + time; now_ < end; now_ += 50ms) {
      Deliver(Next());
      Nacked(now_ + 20ms);
      count.first += blocks_.empty() ? 0 : 1;
      count.second += feedback_statuses_ > 0 ? 1 : 0;
    }
    return count;
  }
};

TEST_F(SlowerReceiverTest, ReportsAsSeldomAndOfAllThatCame) {
  const auto [reports, feedback] = Count(100s);
  EXPECT_NEAR(reports, 20, 6);
  EXPECT_NEAR(feedback, 200, 20);
}

TEST_F(SlowerReceiverTest, AsksForWhatIsMissingAtOnce) {
  Stream(10);
  Next();
  const std::uint16_t missing = last_;
  Stream(3);
  EXPECT_THAT(Nacked(now_ + 20ms), ElementsAre(missing));
}

}  // namespace
}  // namespace kcs::load
