#include "load/publisher.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "engine/wire/rtcp_fir.h"
#include "engine/wire/rtcp_header.h"
#include "engine/wire/rtcp_nack.h"
#include "engine/wire/rtcp_pli.h"
#include "engine/wire/rtcp_sender_report.h"
#include "engine/wire/rtp_packet.h"

namespace kcs::load {
namespace {

constexpr Timestamp kStart{Duration(1'000'000'000)};
constexpr wire::Ssrc kVideo{21};
constexpr wire::Ssrc kRtx{22};
constexpr wire::Ssrc kAudio{23};
constexpr wire::Ssrc kServer{1};

class PublisherTest : public ::testing::Test {
 protected:
  explicit PublisherTest(std::uint32_t slower = 1) : publisher_(entropy_, slower) {
    publisher_.AddAudio({.kind = wire::MediaKind::kAudio,
                         .clock_rate = 48'000,
                         .ssrc = kAudio,
                         .rtx_ssrc = {},
                         .payload_type = 111,
                         .rtx_payload_type = 0,
                         .mid = "0",
                         .extensions = {}},
                        kStart);
    publisher_.AddVideo({.kind = wire::MediaKind::kVideo,
                         .clock_rate = 90'000,
                         .ssrc = kVideo,
                         .rtx_ssrc = kRtx,
                         .payload_type = 96,
                         .rtx_payload_type = 97,
                         .mid = "1",
                         .extensions = {}},
                        {.bitrate = 1'000'000, .width = 640, .height = 360}, kStart);
  }

  // Packets by SSRC in that time.
  std::map<std::uint32_t, int> Run(Duration time) {
    std::map<std::uint32_t, int> packets;
    for (const Timestamp end = now_ + time; now_ < end; now_ += 1ms) {
      bool more = true;
      while (more) {
        more = publisher_.Fill(now_, batch_);
        for (std::size_t i = 0; i < batch_.count(); ++i) {
          const auto packet = *wire::RtpPacket::Parse(batch_.plaintext(i));
          ++packets[packet.ssrc().value()];
          if (packet.ssrc() == kVideo) last_video_ = packet.sequence_number();
        }
        batch_.Clear();
      }
    }
    return packets;
  }
  // Sender reports by SSRC in that time.
  std::map<std::uint32_t, int> Reports(Duration time) {
    std::map<std::uint32_t, int> reports;
    std::vector<std::uint8_t> memory(4096);
    for (const Timestamp end = now_ + time; now_ < end;) {
      Run(10ms);
      media::RtcpPacker packer(kServer, memory);
      publisher_.AddReports(now_, "cname", packer);
      packer.Finish();
      for (std::size_t i = 0; i < packer.count(); ++i) {
        wire::RtcpCompoundReader reader(packer.compound(i));
        while (const auto packet = reader.Next()) {
          if (packet->type != wire::RtcpType::kSenderReport) continue;
          ++reports[wire::SenderReport::Parse(packet->count, packet->body)->sender_ssrc.value()];
        }
      }
    }
    return reports;
  }
  template <typename Write>
  void Hear(Write write) {
    std::array<std::uint8_t, 256> memory;
    ByteWriter out(memory);
    write(out);
    publisher_.OnRtcp(out.written(), now_);
  }

  SeededEntropy entropy_{1};
  Publisher publisher_;
  RtpBatch batch_;
  Timestamp now_ = kStart;
  std::uint16_t last_video_ = 0;
};

TEST_F(PublisherTest, SendsSoundAndPicture) {
  auto packets = Run(2s);
  EXPECT_EQ(packets[kAudio.value()], 100);
  EXPECT_NEAR(packets[kVideo.value()], 240, 30);
  EXPECT_EQ(packets.count(kRtx.value()), 0U);
  EXPECT_EQ(publisher_.audio_packets(), 100U);
}

TEST_F(PublisherTest, AnswersNacksWithRetransmissions) {
  Run(1s);
  const std::array<std::uint16_t, 3> missing = {static_cast<std::uint16_t>(last_video_ - 5),
                                                static_cast<std::uint16_t>(last_video_ - 3), last_video_};
  Hear([&](ByteWriter& out) { wire::WriteNack(kServer, kVideo, missing, out); });
  EXPECT_LE(publisher_.NextDeadline(), now_);
  EXPECT_EQ(Run(10ms)[kRtx.value()], 3);
  EXPECT_EQ(publisher_.retransmitted(), 3U);
}

TEST_F(PublisherTest, AnswersPliAndFirWithKeyFrames) {
  Run(1s);
  const auto key_packets = [&] { return Run(100ms)[kVideo.value()]; };
  const int usual = key_packets();
  Hear([](ByteWriter& out) { wire::Pli{kServer, kVideo}.Write(out); });
  EXPECT_GT(key_packets(), usual + 5);
  Run(1s);
  wire::Fir fir;
  fir.sender_ssrc = kServer;
  fir.entries.PushBack({kVideo, 1});
  Hear([&](ByteWriter& out) { fir.Write(out); });
  EXPECT_GT(key_packets(), usual + 5);
  EXPECT_EQ(publisher_.key_frame_requests(), 2U);
}

TEST_F(PublisherTest, IgnoresWhatIsAboutOthers) {
  Run(1s);
  const std::array<std::uint16_t, 1> missing = {last_video_};
  Hear([&](ByteWriter& out) { wire::WriteNack(kServer, kAudio, missing, out); });
  Hear([&](ByteWriter& out) { wire::WriteNack(kServer, wire::Ssrc(99), missing, out); });
  Hear([](ByteWriter& out) { wire::Pli{kServer, kAudio}.Write(out); });
  publisher_.OnRtcp(std::array<std::uint8_t, 5>{1, 2, 3, 4, 5}, now_);
  EXPECT_EQ(Run(10ms).count(kRtx.value()), 0U);
  EXPECT_EQ(publisher_.key_frame_requests(), 0U);
}

TEST_F(PublisherTest, LosesNothingWhenABatchIsFull) {
  Run(1s);
  std::vector<std::uint16_t> missing;
  for (int i = 90; i > 0; --i) missing.push_back(static_cast<std::uint16_t>(last_video_ - i));
  Hear([&](ByteWriter& out) { wire::WriteNack(kServer, kVideo, missing, out); });
  EXPECT_EQ(Run(1ms)[kRtx.value()], 90);
}

TEST_F(PublisherTest, LeavesOutEncodingsThatNobodyWants) {
  publisher_.SetHighestEncoding(std::nullopt);
  EXPECT_EQ(Run(1s).count(kVideo.value()), 0U);
  publisher_.SetHighestEncoding(0);
  EXPECT_GT(Run(1s)[kVideo.value()], 50);
}

TEST_F(PublisherTest, ReportsEachStreamAboutEverySecond) {
  auto reports = Reports(10s);
  EXPECT_NEAR(reports[kVideo.value()], 10, 5);
  EXPECT_NEAR(reports[kAudio.value()], 5, 3);
}

class SlowerPublisherTest : public PublisherTest {
 protected:
  SlowerPublisherTest() : PublisherTest(5) {}
};

TEST_F(SlowerPublisherTest, SendsSoundPicturesAndReportsAsSeldom) {
  auto packets = Run(10s);
  EXPECT_EQ(packets[kAudio.value()], 100);
  EXPECT_NEAR(packets[kVideo.value()], 240, 30);
  auto reports = Reports(100s);
  EXPECT_NEAR(reports[kVideo.value()], 20, 6);
  EXPECT_NEAR(reports[kAudio.value()], 10, 4);
}

}  // namespace
}  // namespace kcs::load
