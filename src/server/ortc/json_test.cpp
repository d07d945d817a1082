#include "server/ortc/json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "server/ortc/capabilities.h"

namespace kcs::ortc {
namespace {

namespace json = boost::json;

std::string ParametersError(const char* text) {
  const auto parsed = ParseRtpParameters(json::parse(text));
  return parsed ? "" : parsed.error();
}
std::string CapabilitiesError(const char* text) {
  const auto parsed = ParseRtpCapabilities(json::parse(text));
  return parsed ? "" : parsed.error();
}

TEST(OrtcJson, ReadsBackTheCapabilitiesItWrote) {
  const auto& capabilities = RouterRtpCapabilities();
  EXPECT_EQ(ParseRtpCapabilities(json::parse(json::serialize(ToJson(capabilities)))).value(), capabilities);
}

TEST(OrtcJson, ReadsWhatABrowserProduces) {
  const auto parsed = ParseRtpParameters(json::parse(R"({
    "mid": "0", "msid": "stream track",
    "codecs": [
      {"mimeType": "video/VP9", "payloadType": 98, "clockRate": 90000, "parameters": {"profile-id": 0},
       "rtcpFeedback": [{"type": "goog-remb"}, {"type": "nack", "parameter": "pli"}]},
      {"mimeType": "video/rtx", "payloadType": 99, "clockRate": 90000.0, "parameters": {"apt": 98}}],
    "headerExtensions": [{"uri": "urn:ietf:params:rtp-hdrext:sdes:mid", "id": 4, "encrypt": false, "parameters": {}}],
    "encodings": [{"ssrc": 4294967295, "rtx": {"ssrc": 2}, "scalabilityMode": "L3T3_KEY", "maxBitrate": 900000,
                   "dtx": false, "active": true}],
    "rtcp": {"cname": "abc", "reducedSize": true, "mux": true}})"));
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->mid, "0");
  EXPECT_EQ(parsed->codecs[0].channels, 0);
  EXPECT_EQ(parsed->codecs[0].rtcp_feedback[1], (RtcpFeedback{"nack", "pli"}));
  EXPECT_EQ(parsed->codecs[1].clock_rate, 90000U);
  EXPECT_EQ(IntParameter(parsed->codecs[1].parameters, "apt"), 98);
  EXPECT_EQ(parsed->encodings[0].ssrc, 4294967295U);
  EXPECT_EQ(parsed->encodings[0].rtx_ssrc, 2U);
  EXPECT_EQ(parsed->encodings[0].scalability_mode, "L3T3_KEY");
  EXPECT_EQ(parsed->rtcp.cname, "abc");
  EXPECT_EQ(ParseRtpParameters(ToJson(*parsed)).value(), *parsed);
}

TEST(OrtcJson, FillsInWhatAClientMayLeaveOut) {
  const auto parsed = ParseRtpParameters(
      json::parse(R"({"codecs": [{"mimeType": "audio/PCMU", "payloadType": 0, "clockRate": 8000}]})"));
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->codecs[0].channels, 1);
  EXPECT_TRUE(parsed->rtcp.reduced_size);
  const auto capabilities = ParseRtpCapabilities(json::parse(
      R"({"codecs": [{"mimeType": "audio/opus", "preferredPayloadType": 100, "clockRate": 48000, "channels": 2}]})"));
  ASSERT_TRUE(capabilities) << capabilities.error();
  EXPECT_EQ(capabilities->codecs[0].kind, MediaKind::kAudio);
}

TEST(OrtcJson, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(ParametersError("[]"), "the value: not an object");
  EXPECT_EQ(ParametersError("{}"), "codecs: missing");
  EXPECT_EQ(ParametersError(R"({"codecs": 1})"), "codecs: not an array");
  EXPECT_EQ(ParametersError(R"({"codecs": [1]})"), "codecs[0]: not an object");
  EXPECT_EQ(ParametersError(R"({"codecs": [{}]})"), "codecs[0].mimeType: missing");
  EXPECT_EQ(ParametersError(R"({"codecs": [{"mimeType": "video/VP8", "payloadType": 128, "clockRate": 1}]})"),
            "codecs[0].payloadType: not an integer from 0 to 127");
  EXPECT_EQ(ParametersError(R"({"codecs": [{"mimeType": "video/VP8", "payloadType": 1, "clockRate": "1"}]})"),
            "codecs[0].clockRate: not an integer from 1 to 4294967295");
  EXPECT_EQ(
      ParametersError(
          R"({"codecs": [{"mimeType": "a", "payloadType": 1, "clockRate": 1, "parameters": {"x": []}}]})"),
      "codecs[0].parameters.x: neither an integer nor a string");
  EXPECT_EQ(ParametersError(R"({"codecs": [], "encodings": [{"ssrc": 4294967296}]})"),
            "encodings[0].ssrc: not an integer from 1 to 4294967295");
  EXPECT_EQ(ParametersError(R"({"codecs": [], "encodings": [{"rtx": {}}]})"),
            "encodings[0].rtx.ssrc: missing");
  EXPECT_EQ(ParametersError(R"({"codecs": [], "rtcp": {"cname": 1}})"), "rtcp.cname: not a string");
  EXPECT_EQ(CapabilitiesError(R"({"headerExtensions": [{"kind": "text"}]})"),
            "headerExtensions[0].kind: neither audio nor video");
  EXPECT_EQ(
      CapabilitiesError(
          R"({"headerExtensions": [{"kind": "audio", "uri": "u", "preferredId": 1, "direction": "up"}]})"),
      "headerExtensions[0].direction: none of sendrecv, sendonly, recvonly, inactive");
}

TEST(OrtcJson, BoundsLists) {
  json::array codecs(1000);
  EXPECT_EQ(ParseRtpParameters(json::object{{"codecs", codecs}}).error(), "codecs: too long");
}

}  // namespace
}  // namespace kcs::ortc
