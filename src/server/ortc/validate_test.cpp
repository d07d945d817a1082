#include "server/ortc/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace kcs::ortc {
namespace {

using ::testing::HasSubstr;

RtpParameters Video() {
  RtpParameters out;
  out.mid = "1";
  out.codecs = {{"video/VP8", 96, 90000, 0, {}, {{"nack", ""}, {"nack", "pli"}}},
                {"video/rtx", 97, 90000, 0, {{"apt", 96}}, {}}};
  out.header_extensions = {{"urn:ietf:params:rtp-hdrext:sdes:mid", 4, false}};
  out.encodings.resize(2);
  out.encodings[0].rid = "r0";
  out.encodings[1].rid = "r1";
  out.rtcp.cname = "{3f1c}";
  return out;
}

// The error after `change`, or "".
std::string ErrorAfter(const std::function<void(RtpParameters&)>& change,
                       MediaKind kind = MediaKind::kVideo) {
  RtpParameters parameters = Video();
  change(parameters);
  const auto check = ValidateRtpParameters(kind, parameters);
  return check ? "" : check.error();
}

TEST(ValidateParameters, AcceptsAnOrdinarySender) {
  EXPECT_EQ(ErrorAfter([](RtpParameters&) {}), "");
}

TEST(ValidateParameters, NamesTheFieldThatIsWrong) {
  const std::pair<std::function<void(RtpParameters&)>, const char*> cases[] = {
      {[](auto& p) { p.codecs.clear(); }, "codecs is empty"},
      {[](auto& p) { p.codecs.resize(65, p.codecs[0]); }, "codecs has more than 64"},
      {[](auto& p) { p.codecs[1].payload_type = 96; }, "codecs[1] has the payload type of another codec, 96"},
      {[](auto& p) { p.codecs[0].payload_type = 72; }, "codecs[0].payloadType is between 64 and 95"},
      {[](auto& p) { p.codecs[1].parameters["apt"] = 98; }, "codecs[1].parameters.apt refers to no codec"},
      {[](auto& p) { p.codecs[1].parameters["apt"] = 97; }, "codecs[1].parameters.apt refers to no codec"},
      {[](auto& p) { p.codecs[1].parameters.clear(); }, "codecs[1].parameters.apt refers to no codec"},
      {[](auto& p) { std::swap(p.codecs[0], p.codecs[1]); }, "codecs[0] is RTX"},
      {[](auto& p) { p.codecs[0].clock_rate = 0; }, "codecs[0].clockRate is 0"},
      {[](auto& p) { p.codecs[0].mime_type = "audio/opus"; },
       "codecs[0].mimeType does not begin with video/"},
      {[](auto& p) { p.codecs[0].mime_type = "video/"; }, "codecs[0].mimeType"},
      {[](auto& p) { p.codecs[0].rtcp_feedback[0].type = ""; }, "codecs[0].rtcpFeedback"},
      {[](auto& p) { p.header_extensions[0].id = 0; }, "headerExtensions[0].id is 0 or 15"},
      {[](auto& p) { p.header_extensions[0].uri = ""; }, "headerExtensions[0].uri is empty"},
      {[](auto& p) {
         p.header_extensions.push_back({"urn:x", 4, false});
       },
       "headerExtensions[1] has the id"},
      {[](auto& p) {
         p.header_extensions.push_back({p.header_extensions[0].uri, 5, false});
       },
       "headerExtensions[1] has the uri"},
      {[](auto& p) { p.encodings[1].rid = "r0"; }, "encodings[1] has the rid of another"},
      {[](auto& p) { p.encodings[1].rid = ""; }, "encodings[1] has neither ssrc nor rid"},
      {[](auto& p) { p.encodings[0].rid = "a b"; }, "encodings[0].rid"},
      {[](auto& p) { p.encodings[0].ssrc = p.encodings[1].rtx_ssrc = 7; },
       "encodings[1] has an SSRC twice, 7"},
      {[](auto& p) { p.encodings[0].ssrc = 0; }, "encodings[0].ssrc is 0"},
      {[](auto& p) { p.encodings[0].scalability_mode = "T3"; }, "encodings[0].scalabilityMode"},
      {[](auto& p) { p.encodings[0].codec_payload_type = 97; }, "encodings[0].codecPayloadType"},
      {[](auto& p) { p.encodings.resize(9); }, "encodings has more than 8"},
      {[](auto& p) { p.mid = std::string(33, 'm'); }, "mid is longer than 32"},
  };
  for (const auto& [change, error] : cases) EXPECT_THAT(ErrorAfter(change), HasSubstr(error));
}

// What a sender says ends in other participants' session descriptions.
TEST(ValidateParameters, LetsNobodyWriteLinesIntoTheSdpOfOthers) {
  const std::string evil = "x\r\na=candidate:1";
  EXPECT_NE(ErrorAfter([&](auto& p) { p.rtcp.cname = evil; }), "");
  EXPECT_NE(ErrorAfter([&](auto& p) { p.msid = evil; }), "");
  EXPECT_NE(ErrorAfter([&](auto& p) { p.mid = evil; }), "");
  EXPECT_NE(ErrorAfter([&](auto& p) { p.codecs[0].parameters["profile-id"] = evil; }), "");
  EXPECT_NE(ErrorAfter([&](auto& p) { p.codecs[0].parameters[evil] = 1; }), "");
  EXPECT_NE(ErrorAfter([&](auto& p) { p.encodings[0].rid = evil; }), "");
}

TEST(ValidateCapabilities, NamesTheFieldThatIsWrong) {
  RtpCapabilities capabilities;
  capabilities.codecs = {{MediaKind::kVideo, "audio/opus", 100, 48000, 2, {}, {}}};
  EXPECT_THAT(ValidateRtpCapabilities(capabilities).error(), HasSubstr("codecs[0].mimeType"));
  capabilities.codecs[0].kind = MediaKind::kAudio;
  EXPECT_TRUE(ValidateRtpCapabilities(capabilities));
  capabilities.header_extensions = {{MediaKind::kAudio, "urn:x", 15, false, Direction::kSendRecv}};
  EXPECT_THAT(ValidateRtpCapabilities(capabilities).error(), HasSubstr("headerExtensions[0].preferredId"));
  capabilities.header_extensions.clear();
  capabilities.codecs.resize(200, capabilities.codecs[0]);
  EXPECT_THAT(ValidateRtpCapabilities(capabilities).error(), HasSubstr("codecs has more than 64"));
}

}  // namespace
}  // namespace kcs::ortc
