#include "server/ortc/codec_match.h"

#include <gtest/gtest.h>

namespace kcs::ortc {
namespace {

bool Match(const char* a, const CodecParameters& pa, const char* b, const CodecParameters& pb) {
  return Matches({a, 90000, 0, &pa}, {b, 90000, 0, &pb});
}

TEST(CodecMatch, IgnoresTheCaseOfNames) {
  EXPECT_TRUE(Match("video/VP8", {}, "VIDEO/vp8", {}));
  EXPECT_FALSE(Match("video/VP8", {}, "video/VP9", {}));
}

TEST(CodecMatch, WantsTheSameClockRateAndChannels) {
  const CodecParameters none;
  const CodecView opus{"audio/opus", 48000, 2, &none};
  EXPECT_TRUE(Matches(opus, {"audio/opus", 48000, 2, &none}));
  EXPECT_FALSE(Matches(opus, {"audio/opus", 48000, 1, &none}));
  EXPECT_FALSE(Matches(opus, {"audio/opus", 16000, 2, &none}));
}

TEST(CodecMatch, TellsH264ByProfileAndPacketizationModeButNotLevel) {
  const CodecParameters a{{"packetization-mode", 1}, {"profile-level-id", "42e01f"}};
  EXPECT_TRUE(
      Match("video/H264", a, "video/H264", {{"packetization-mode", 1}, {"profile-level-id", "42e034"}}));
  EXPECT_FALSE(
      Match("video/H264", a, "video/H264", {{"packetization-mode", 0}, {"profile-level-id", "42e01f"}}));
  EXPECT_FALSE(Match("video/H264", a, "video/H264", {{"profile-level-id", "42e01f"}}));
  EXPECT_FALSE(
      Match("video/H264", a, "video/H264", {{"packetization-mode", 1}, {"profile-level-id", "42001f"}}));
  EXPECT_FALSE(Match("video/H264", a, "video/H264", {{"packetization-mode", 1}, {"profile-level-id", "x"}}));
}

TEST(CodecMatch, TellsVp9AndAv1ByProfileWhereAbsentIsZero) {
  EXPECT_TRUE(Match("video/VP9", {}, "video/VP9", {{"profile-id", 0}}));
  EXPECT_TRUE(Match("video/VP9", {{"profile-id", "2"}}, "video/VP9", {{"profile-id", 2}}));
  EXPECT_FALSE(Match("video/VP9", {}, "video/VP9", {{"profile-id", 2}}));
  EXPECT_TRUE(Match("video/AV1", {}, "video/AV1", {{"profile", 0}, {"level-idx", 5}}));
  EXPECT_FALSE(Match("video/AV1", {{"profile", 1}}, "video/AV1", {}));
}

}  // namespace
}  // namespace kcs::ortc
