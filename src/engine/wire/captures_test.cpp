#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "engine/wire/datagram_kind.h"
#include "engine/wire/frame_info.h"
#include "engine/wire/rtp_packet.h"

// Streams of another implementation; what must be seen in them follows from how they were encoded
// (tests/conformance/captures/README.md).
namespace kcs::wire {
namespace {

struct Summary {
  std::size_t packets = 0;
  std::vector<std::uint32_t> timestamps;  // of the frames, in order
  std::set<std::uint32_t> key_frames;     // timestamps with a packet that begins a key frame
  std::set<std::uint32_t>
      starts_misplaced;                    // start_of_frame in the middle of a frame, or missing at its start
  std::set<std::uint32_t> ends_misplaced;  // end_of_frame differs from the marker
};

Summary Describe(const std::string& name, CodecType codec) {
  std::ifstream file(std::string(KCS_SOURCE_DIR) + "/tests/conformance/captures/" + name, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
  ByteReader in(AsBytes({chars.data(), chars.size()}));
  Summary summary;
  while (in.ok() && in.remaining() > 0) {
    const Bytes bytes = in.Read(in.U16());
    EXPECT_EQ(Classify(bytes), DatagramKind::kRtp);
    const auto packet = RtpPacket::Parse(bytes);
    EXPECT_TRUE(packet);
    if (!packet) break;
    const auto info = DescribePayload(codec, packet->payload(), packet->marker());
    EXPECT_TRUE(info) << packet->sequence_number();
    if (!info) break;
    ++summary.packets;
    const std::uint32_t timestamp = packet->timestamp();
    const bool first = summary.timestamps.empty() || summary.timestamps.back() != timestamp;
    if (first) summary.timestamps.push_back(timestamp);
    if (info->key_frame) summary.key_frames.insert(timestamp);
    if (info->start_of_frame != first) summary.starts_misplaced.insert(timestamp);
    if (info->end_of_frame != packet->marker()) summary.ends_misplaced.insert(timestamp);
  }
  return summary;
}

TEST(Captures, Vp8) {
  const Summary s = Describe("vp8.bin", CodecType::kVp8);
  EXPECT_EQ(s.packets, 24U);
  ASSERT_EQ(s.timestamps.size(), 11U);
  EXPECT_EQ(s.key_frames, (std::set{s.timestamps[0], s.timestamps[10]}));
  EXPECT_TRUE(s.starts_misplaced.empty());
}

TEST(Captures, Vp9) {
  const Summary s = Describe("vp9.bin", CodecType::kVp9);
  EXPECT_EQ(s.packets, 24U);
  EXPECT_TRUE(s.key_frames.contains(s.timestamps[0]));
  EXPECT_TRUE(s.starts_misplaced.empty());
  EXPECT_TRUE(s.ends_misplaced.empty());
}

TEST(Captures, H264) {
  const Summary s = Describe("h264.bin", CodecType::kH264);
  EXPECT_EQ(s.packets, 24U);
  ASSERT_EQ(s.timestamps.size(), 4U);
  EXPECT_EQ(s.key_frames, (std::set{s.timestamps[0]}));
}

}  // namespace
}  // namespace kcs::wire
