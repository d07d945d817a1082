#include "server/ortc/capabilities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "server/ortc/codec_match.h"
#include "server/ortc/header_extensions.h"
#include "server/ortc/validate.h"

namespace kcs::ortc {
namespace {

using ::testing::ElementsAre;

TEST(RouterCapabilities, AreValid) {
  const auto check = ValidateRtpCapabilities(RouterRtpCapabilities());
  EXPECT_TRUE(check) << (check ? "" : check.error());
}

TEST(RouterCapabilities, ListCodecsInOrderOfPreference) {
  std::vector<std::string> names;
  for (const auto& codec : RouterRtpCapabilities().codecs) {
    if (!IsRtx(codec.mime_type)) names.push_back(codec.mime_type);
  }
  EXPECT_THAT(names, ElementsAre("audio/opus", "audio/red", "video/VP8", "video/VP9", "video/VP9",
                                 "video/H264", "video/H264", "video/H264", "video/H264", "video/H264",
                                 "video/H264", "video/H264", "video/H264", "video/AV1"));
}

TEST(RouterCapabilities, FollowEachVideoCodecByItsRetransmission) {
  const auto& codecs = RouterRtpCapabilities().codecs;
  for (std::size_t i = 0; i < codecs.size(); ++i) {
    if (codecs[i].kind != MediaKind::kVideo || IsRtx(codecs[i].mime_type)) continue;
    ASSERT_LT(i + 1, codecs.size());
    EXPECT_EQ(codecs[i + 1].mime_type, "video/rtx");
    EXPECT_EQ(IntParameter(codecs[i + 1].parameters, "apt"), codecs[i].preferred_payload_type);
    EXPECT_TRUE(codecs[i + 1].rtcp_feedback.empty());
  }
}

TEST(RouterCapabilities, UseOnlyDynamicPayloadTypesAndLeaveTheProbatorIts) {
  std::set<int> used;
  for (const auto& codec : RouterRtpCapabilities().codecs) {
    EXPECT_GE(codec.preferred_payload_type, 96);
    EXPECT_LT(codec.preferred_payload_type, kProbatorPayloadType);
    EXPECT_TRUE(used.insert(codec.preferred_payload_type).second);
  }
  EXPECT_EQ(*used.begin(), 100);
}

TEST(RouterCapabilities, OfferInBandFecForOpus) {
  const auto& opus = RouterRtpCapabilities().codecs.front();
  EXPECT_EQ(IntParameter(opus.parameters, "useinbandfec"), 1);
  EXPECT_THAT(opus.rtcp_feedback, ElementsAre(RtcpFeedback{"nack", ""}, RtcpFeedback{"transport-cc", ""}));
}

TEST(RouterCapabilities, NumberExtensionsAsTheWorkerProtocolDoes) {
  for (const auto& extension : RouterRtpCapabilities().header_extensions) {
    EXPECT_EQ(extension.preferred_id, static_cast<int>(ExtensionOf(extension.uri))) << extension.uri;
  }
}

TEST(RouterCapabilities, KeepToTheSendersSideWhatIsNotPassedOn) {
  std::set<std::pair<MediaKind, Extension>> received_only;
  for (const auto& extension : RouterRtpCapabilities().header_extensions) {
    if (extension.direction == Direction::kRecvOnly) {
      received_only.insert({extension.kind, ExtensionOf(extension.uri)});
    }
  }
  EXPECT_THAT(received_only, ElementsAre(std::pair(MediaKind::kAudio, Extension::kTransportWideCc),
                                         std::pair(MediaKind::kVideo, Extension::kRid),
                                         std::pair(MediaKind::kVideo, Extension::kRepairedRid),
                                         std::pair(MediaKind::kVideo, Extension::kFrameMarking)));
}

}  // namespace
}  // namespace kcs::ortc
