#include "engine/sfu/shared_extension.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/sfu/testing/test_stream.h"

namespace kcs::sfu {
namespace {

using wire::ExtensionMap;
using wire::ExtensionType;

// What senders of these tests use, and what the router uses.
ExtensionMap SenderIds() {
  ExtensionMap ids;
  ids.Set(ExtensionType::kMid, 4);
  ids.Set(ExtensionType::kAudioLevel, 1);
  ids.Set(ExtensionType::kVideoOrientation, 3);
  ids.Set(ExtensionType::kDependencyDescriptor, 8);
  ids.Set(ExtensionType::kAbsSendTime, 2);
  return ids;
}
ExtensionMap RouterIds() {
  ExtensionMap ids;
  ids.Set(ExtensionType::kMid, 1);
  ids.Set(ExtensionType::kAudioLevel, 10);
  ids.Set(ExtensionType::kVideoOrientation, 11);
  ids.Set(ExtensionType::kDependencyDescriptor, 12);
  ids.Set(ExtensionType::kTransportWideCc, 5);
  ids.Set(ExtensionType::kAbsSendTime, 6);
  return ids;
}

class Shared : public ::testing::Test {
 protected:
  void Build(std::vector<std::pair<std::uint8_t, std::string>> extensions, ExtensionMask mask) {
    stream_.extensions = std::move(extensions);
    packet_ = stream_.Sound(600);
    shared_.Build(*wire::RtpPacket::Parse(packet_), SenderIds(), RouterIds().ids(), mask);
  }
  // The extension as the receiver's parser sees it: id and data.
  using Elements = std::vector<std::pair<int, std::string>>;
  Elements Written(const ReceiverExtension& receiver) {
    std::vector<std::uint8_t> out(12 + SharedExtension::kMaxWritten);
    size_ = shared_.Write(receiver, out.data() + 12);
    out[0] = size_ > 0 ? 0x90 : 0x80;
    out.resize(12 + size_ + 1);
    profile_ = size_ > 0 ? LoadU16(out.data() + 12) : std::uint16_t{0};
    const auto rtp = wire::RtpPacket::Parse(out);
    EXPECT_TRUE(rtp && rtp->header_size() == 12 + size_);
    Elements elements;
    for (const wire::RtpExtension& e : rtp->extensions())
      elements.emplace_back(e.id, AsText(rtp->data().subspan(e.offset, e.length)));
    return elements;
  }

  testing::TestStream stream_;
  testing::TestStream::Packet packet_;
  SharedExtension shared_;
  std::size_t size_ = 0;
  std::uint16_t profile_ = 0;
};

TEST_F(Shared, GivesTheRoutersIdsToWhatTheReceiverUnderstands) {
  Build({{1, "L"}, {3, "O"}}, MaskOf(ExtensionType::kAudioLevel));
  EXPECT_EQ(Written({}), (Elements{{10, "L"}}));
  EXPECT_EQ(profile_, 0xbede);
  EXPECT_EQ(size_ % 4, 0U);
}

TEST_F(Shared, IsMadeAnewForAReceiverThatUnderstandsMore) {
  Build({{1, "L"}, {3, "O"}}, MaskOf(ExtensionType::kAudioLevel));
  shared_.Build(*wire::RtpPacket::Parse(packet_), SenderIds(), RouterIds().ids(), MaskOf(RouterIds()));
  EXPECT_EQ(Written({}), (Elements{{10, "L"}, {11, "O"}}));
}

TEST_F(Shared, LeavesOutWhatBelongsToTheSendersOwnHop) {
  Build({{4, "mid"}, {2, "abs"}, {3, "O"}}, MaskOf(RouterIds()));
  EXPECT_EQ(Written({}), (Elements{{11, "O"}}));
}

TEST_F(Shared, AddsWhatIsTheReceiversOwn) {
  Build({{3, "O"}}, MaskOf(RouterIds()));
  const std::string mid = "7";
  EXPECT_EQ(Written({.mid = AsBytes(mid),
                     .mid_id = 1,
                     .transport_cc_id = 5,
                     .abs_send_time_id = 6,
                     .transport_sequence = 0x4142,
                     .abs_send_time = 0x616263}),
            (Elements{{11, "O"}, {1, "7"}, {5, "AB"}, {6, "abc"}}));
}

TEST_F(Shared, WritesNothingWhenThereIsNothing) {
  Build({{4, "mid"}}, MaskOf(RouterIds()));
  EXPECT_EQ(Written({}), Elements{});
  EXPECT_EQ(size_, 0U);
}

// RFC 8285 4.2: the one-byte form cannot carry more than 16 bytes.
TEST_F(Shared, UsesTheTwoByteFormForAllWhenOneNeedsIt) {
  const std::string sixteen(16, 'd');
  Build({{8, sixteen}}, MaskOf(RouterIds()));
  EXPECT_EQ(Written({}), (Elements{{12, sixteen}}));
  EXPECT_EQ(profile_, 0xbede);

  shared_ = {};
  const std::string longer(17, 'd');
  const std::string mid = "7";
  Build({{8, longer}, {3, "O"}}, MaskOf(RouterIds()));
  EXPECT_EQ(Written({.mid = AsBytes(mid), .mid_id = 1}), (Elements{{11, "O"}, {12, longer}, {1, "7"}}));
  EXPECT_EQ(profile_, 0x1000);
}

TEST_F(Shared, LongElementsOfOthersDoNotChangeTheFormOfAReceiverThatGetsNone) {
  Build({{8, std::string(30, 'd')}, {3, "O"}}, MaskOf(ExtensionType::kVideoOrientation));
  EXPECT_EQ(Written({}), (Elements{{11, "O"}}));
  EXPECT_EQ(profile_, 0xbede);
}

TEST_F(Shared, TheDependencyDescriptorCanBeReplacedForOneReceiver) {
  Build({{8, "dep"}, {3, "O"}}, MaskOf(RouterIds()));
  EXPECT_EQ(AsText(shared_.dependency_descriptor()), "dep");
  const std::string other = "other";
  EXPECT_EQ(Written({.dependency_descriptor = AsBytes(other)}), (Elements{{11, "O"}, {12, other}}));
  EXPECT_EQ(Written({}), (Elements{{11, "O"}, {12, "dep"}})) << "for the others it stays";
}

TEST_F(Shared, ADescriptorThatGrowsOutOfTheFormIsNotReplaced) {
  const std::string sixteen(16, 'd');
  const std::string longer(17, 'e');
  Build({{8, sixteen}}, MaskOf(RouterIds()));
  EXPECT_EQ(Written({.dependency_descriptor = AsBytes(longer)}), (Elements{{12, sixteen}}));
  shared_ = {};
  Build({{8, longer}}, MaskOf(RouterIds()));
  const std::string even_longer(20, 'f');
  EXPECT_EQ(Written({.dependency_descriptor = AsBytes(even_longer)}), (Elements{{12, even_longer}}));
}

TEST_F(Shared, WhoDoesNotUnderstandDescriptorsGetsNone) {
  Build({{8, "dep"}, {3, "O"}}, MaskOf(ExtensionType::kVideoOrientation));
  EXPECT_TRUE(shared_.dependency_descriptor().empty());
  const std::string other = "other";
  EXPECT_EQ(Written({.dependency_descriptor = AsBytes(other)}), (Elements{{11, "O"}}));
}

TEST_F(Shared, KeepsWithinItsBoundsWhenTheSenderSendsAllItCan) {
  Build({{8, std::string(200, 'd')}, {3, std::string(80, 'o')}, {1, std::string(30, 'l')}},
        MaskOf(RouterIds()));
  const std::string mid(16, 'm');
  const Elements elements = Written({.mid = AsBytes(mid),
                                     .mid_id = 1,
                                     .transport_cc_id = 5,
                                     .abs_send_time_id = 6,
                                     .transport_sequence = 0,
                                     .abs_send_time = 0});
  EXPECT_LE(size_, SharedExtension::kMaxWritten);
  ASSERT_EQ(elements.size(), 5U) << "the one that did not fit is left out";
  EXPECT_EQ(elements.back().first, 6);
}

}  // namespace
}  // namespace kcs::sfu
