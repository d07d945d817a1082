#include "engine/sfu/rtp_demuxer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/sfu/testing/core_rig.h"
#include "engine/sfu/testing/test_stream.h"
#include "engine/sfu/webrtc_transport.h"

namespace kcs::sfu {
namespace {

using testing::Encoding;
using testing::kMidId;
using testing::kRepairedRidId;
using testing::kRidId;
using testing::kRtxPayloadType;
using testing::kVideoPayloadType;
using wire::Ssrc;

using Extensions = std::vector<std::pair<std::uint8_t, std::string>>;

class Demuxer : public ::testing::Test {
 protected:
  // nullptr: the demuxer refused it.
  Producer* Add(const CreateProducer& command) {
    auto producer = std::make_unique<Producer>(command, transport_);
    if (!demuxer_.Add(*producer, command)) return nullptr;
    producers_.push_back(std::move(producer));
    return producers_.back().get();
  }
  Producer* AddVideo(std::uint64_t id, std::vector<ProducerEncoding> encodings) {
    return Add(testing::VideoProducer(TransportId(1), ProducerId(id), std::move(encodings)));
  }
  StreamRef Find(std::uint32_t ssrc, std::uint8_t payload_type, Extensions extensions = {}) {
    testing::TestStream stream;
    stream.ssrc = ssrc;
    stream.payload_type = payload_type;
    stream.extensions = std::move(extensions);
    const auto packet = stream.Sound(100);
    return demuxer_.Find(*wire::RtpPacket::Parse(packet));
  }

  SeededEntropy entropy_{1};
  crypto::Certificate certificate_ = crypto::Certificate::Generate();
  crypto::DtlsContext dtls_{certificate_};
  Router router_{RouterId(1)};
  Touched touched_;
  SharingTools sharing_;
  WebRtcTransport transport_{
      CreateTransport{RouterId(1), TransportId(1)}, 0, router_, dtls_, entropy_, touched_, sharing_};
  std::vector<std::unique_ptr<Producer>> producers_;
  RtpDemuxer demuxer_;
};

TEST_F(Demuxer, FindsSignalledSsrcsWithoutAnyExtension) {
  Producer* producer = AddVideo(1, {Encoding(10, 11), Encoding(20)});
  EXPECT_EQ(Find(10, kVideoPayloadType).producer, producer);
  EXPECT_FALSE(Find(10, kVideoPayloadType).rtx);
  EXPECT_TRUE(Find(11, kRtxPayloadType).rtx);
  EXPECT_EQ(Find(20, kVideoPayloadType).stream, 1);
  EXPECT_EQ(Find(30, kVideoPayloadType).producer, nullptr);
}

TEST_F(Demuxer, LearnsAnSsrcFromItsMidAndKnowsItWithoutAfterwards) {
  AddVideo(1, {Encoding(0)});
  Producer* second = AddVideo(2, {Encoding(0)});
  EXPECT_EQ(Find(50, kVideoPayloadType).producer, nullptr) << "nothing tells whose it is";
  EXPECT_EQ(Find(50, kVideoPayloadType, {{kMidId, "v2"}}).producer, second);
  EXPECT_EQ(Find(50, kVideoPayloadType).producer, second);
  EXPECT_EQ(demuxer_.FindSsrc(Ssrc(50)).producer, second);
}

TEST_F(Demuxer, LearnsSimulcastStreamsFromTheirRids) {
  Producer* producer = AddVideo(1, {Encoding(0, 0, "low"), Encoding(0, 0, "high")});
  const StreamRef high = Find(70, kVideoPayloadType, {{kMidId, "v1"}, {kRidId, "high"}});
  EXPECT_EQ(high.producer, producer);
  EXPECT_EQ(high.stream, 1);
  const StreamRef low = Find(60, kVideoPayloadType, {{kRidId, "low"}});
  EXPECT_EQ(low.producer, producer) << "a RID alone is enough";
  EXPECT_EQ(low.stream, 0);
  const StreamRef repair = Find(71, kRtxPayloadType, {{kMidId, "v1"}, {kRepairedRidId, "high"}});
  EXPECT_TRUE(repair.rtx);
  EXPECT_EQ(repair.stream, 1);
  EXPECT_EQ(Find(80, kVideoPayloadType, {{kMidId, "v1"}, {kRidId, "none"}}).producer, nullptr);
  EXPECT_EQ(Find(81, kVideoPayloadType, {{kMidId, "v1"}}).producer, nullptr)
      << "which of the two streams, the MID does not say";
}

TEST_F(Demuxer, DoesNotLearnFromAPayloadTypeThatWasNotNegotiated) {
  AddVideo(1, {Encoding(0)});
  EXPECT_EQ(Find(50, 33, {{kMidId, "v1"}}).producer, nullptr);
  EXPECT_EQ(Find(50, kVideoPayloadType).producer, nullptr);
}

// RFC 3550 8.2: a sender may begin anew under another SSRC.
TEST_F(Demuxer, ForgetsTheOldSsrcWhenAStreamBeginsAnewUnderAnother) {
  Producer* producer = AddVideo(1, {Encoding(0, 0, "a")});
  Find(50, kVideoPayloadType, {{kMidId, "v1"}, {kRidId, "a"}});
  EXPECT_EQ(Find(51, kVideoPayloadType, {{kMidId, "v1"}, {kRidId, "a"}}).producer, producer);
  EXPECT_EQ(demuxer_.FindSsrc(Ssrc(50)).producer, nullptr);
}

TEST_F(Demuxer, KnowsNothingOfAProducerThatWasRemoved) {
  Producer* producer = AddVideo(1, {Encoding(10)});
  demuxer_.Remove(*producer);
  EXPECT_EQ(Find(10, kVideoPayloadType, {{kMidId, "v1"}}).producer, nullptr);
  EXPECT_NE(AddVideo(1, {Encoding(10)}), nullptr) << "its SSRC and MID are free again";
}

TEST_F(Demuxer, RefusesASecondProducerWithTheSameSsrcOrMidAndKeepsTheFirst) {
  Producer* first = AddVideo(1, {Encoding(10)});
  EXPECT_EQ(AddVideo(2, {Encoding(20), Encoding(10)}), nullptr);
  EXPECT_EQ(demuxer_.FindSsrc(Ssrc(20)).producer, nullptr) << "nothing of it stays";
  EXPECT_EQ(AddVideo(1, {Encoding(30)}), nullptr);
  EXPECT_EQ(demuxer_.FindSsrc(Ssrc(10)).producer, first);
}

// Each packet of an endless row of new SSRCs would otherwise be an entry.
TEST_F(Demuxer, KeepsNoMoreThanOneSsrcForEachStreamThatLearns) {
  AddVideo(1, {Encoding(0, 0, "a")});
  for (std::uint32_t ssrc = 100; ssrc < 2000; ++ssrc) {
    EXPECT_NE(Find(ssrc, kVideoPayloadType, {{kRidId, "a"}}).producer, nullptr);
  }
  int known = 0;
  for (std::uint32_t ssrc = 100; ssrc < 2000; ++ssrc)
    known += demuxer_.FindSsrc(Ssrc(ssrc)).producer != nullptr;
  EXPECT_EQ(known, 1);
}

}  // namespace
}  // namespace kcs::sfu
