#include "server/ortc/h264_profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>

namespace kcs::ortc {
namespace {

CodecParameters With(const char* profile_level_id, bool asymmetry = false) {
  CodecParameters out{{"profile-level-id", profile_level_id}};
  if (asymmetry) out.emplace("level-asymmetry-allowed", 1);
  return out;
}

TEST(H264Profile, ReadsTheProfilesOfBrowsers) {
  const std::pair<const char*, H264ProfileLevel> cases[] = {
      {"42e01f", {H264Profile::kConstrainedBaseline, 31}},
      {"42001f", {H264Profile::kBaseline, 31}},
      {"4d001f", {H264Profile::kMain, 31}},
      {"640c1f", {H264Profile::kConstrainedHigh, 31}},
      {"64001F", {H264Profile::kHigh, 31}},
      {"f4001f", {H264Profile::kPredictiveHigh444, 31}},
      {"42e034", {H264Profile::kConstrainedBaseline, 52}},
      {"4de01f", {H264Profile::kConstrainedBaseline, 31}},
      {"58f01f", {H264Profile::kConstrainedBaseline, 31}},
      {"58a01f", {H264Profile::kBaseline, 31}},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(ParseH264ProfileLevelId(text), expected) << text;
}

TEST(H264Profile, KnowsLevel1b) {
  EXPECT_EQ(ParseH264ProfileLevelId("42f00b"),
            (H264ProfileLevel{H264Profile::kConstrainedBaseline, kH264Level1b}));
  EXPECT_EQ(ParseH264ProfileLevelId("42e00b")->level, 11);
  EXPECT_EQ(ToText({H264Profile::kConstrainedBaseline, kH264Level1b}), "42f00b");
  EXPECT_EQ(ToText({H264Profile::kMain, kH264Level1b}), "4d100b");
  EXPECT_FALSE(ToText({H264Profile::kHigh, kH264Level1b}));
}

TEST(H264Profile, RefusesWhatIsNone) {
  for (const char* text :
       {"", "42e0", "42e01f0", "42e01g", "+2e01f", "000000", "42e0ff", "64001e1", "ffffff", "640014 "}) {
    EXPECT_FALSE(ParseH264ProfileLevelId(text)) << text;
  }
}

TEST(H264Profile, OrdersLevelsWithout1bBeingTheLowest) {
  const std::array<std::uint8_t, 5> ordered{10, kH264Level1b, 11, 12, 52};
  EXPECT_TRUE(std::is_sorted(ordered.begin(), ordered.end(), H264LevelLess));
}

TEST(H264Profile, AnswersTheLowerLevelUnlessBothAllowAsymmetry) {
  EXPECT_EQ(AnswerH264ProfileLevelId(With("42e01f"), With("42e015")), "42e015");
  EXPECT_EQ(AnswerH264ProfileLevelId(With("42e015"), With("42e01f")), "42e015");
  EXPECT_EQ(AnswerH264ProfileLevelId(With("42e01f", true), With("42e015")), "42e015");
  EXPECT_EQ(AnswerH264ProfileLevelId(With("42e01f", true), With("42e015", true)), "42e01f");
  EXPECT_FALSE(AnswerH264ProfileLevelId(With("42e01f"), With("64001f")));
}

TEST(H264Profile, TakesConstrainedBaseline31WhenNothingIsSaid) {
  EXPECT_EQ(H264ProfileLevelOf({}), (H264ProfileLevel{H264Profile::kConstrainedBaseline, 31}));
  EXPECT_FALSE(H264ProfileLevelOf(With("nonsense")));
}

TEST(H264Profile, ReadsAValueOfDigitsThatCameAsNumber) {
  EXPECT_EQ(H264ProfileLevelOf({{"profile-level-id", 640028}}), (H264ProfileLevel{H264Profile::kHigh, 40}));
}

}  // namespace
}  // namespace kcs::ortc
