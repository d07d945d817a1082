#include "engine/wire/extensions.h"

#include <gtest/gtest.h>

#include <array>

#include "engine/wire/hex_for_test.h"

namespace kcs::wire {
namespace {

TEST(ExtensionMap, FindsBothWays) {
  ExtensionMap map;
  map.Set(ExtensionType::kMid, 4);
  map.Set(ExtensionType::kDependencyDescriptor, 200);
  EXPECT_EQ(map.id(ExtensionType::kMid), 4);
  EXPECT_EQ(map.type(4), ExtensionType::kMid);
  EXPECT_EQ(map.type(200), ExtensionType::kDependencyDescriptor);
  EXPECT_EQ(map.id(ExtensionType::kRid), 0);
  EXPECT_EQ(map.type(5), ExtensionType::kUnknown);
}

TEST(ExtensionMap, AnIdHasOneMeaningOnly) {
  ExtensionMap map;
  map.Set(ExtensionType::kMid, 4);
  map.Set(ExtensionType::kRid, 4);
  EXPECT_EQ(map.id(ExtensionType::kMid), 0);
  EXPECT_EQ(map.type(4), ExtensionType::kRid);
  map.Set(ExtensionType::kRid, 6);
  EXPECT_EQ(map.type(4), ExtensionType::kUnknown);
  map.Set(ExtensionType::kRid, 0);
  EXPECT_EQ(map.type(6), ExtensionType::kUnknown);
}

TEST(AudioLevel, ReadsVoiceAndLevel) {
  EXPECT_EQ(AudioLevel::Parse(Hex("9e")), (AudioLevel{true, 30}));
  EXPECT_EQ(AudioLevel::Parse(Hex("7f")), (AudioLevel{false, 127}));
  EXPECT_FALSE(AudioLevel::Parse({}));
  EXPECT_EQ((AudioLevel{true, 30}).ToByte(), 0x9e);
}

TEST(AbsSendTime, IsSixBitsOfSecondsAndEighteenOfFraction) {
  EXPECT_EQ(ToAbsSendTime(Timestamp(1s)), 1U << 18);
  EXPECT_EQ(ToAbsSendTime(Timestamp(500ms)), 1U << 17);
  EXPECT_EQ(ToAbsSendTime(Timestamp(64s + 1s)), 1U << 18);
  EXPECT_EQ(ToAbsSendTime(Timestamp(-63s)), 1U << 18);
  EXPECT_EQ(ToAbsSendTime(Timestamp(24h * 365 * 1000)), ToAbsSendTime(Timestamp((24h * 365 * 1000) % 64s)));
  EXPECT_EQ(ParseAbsSendTime(Hex("040000")), 1U << 18);
  EXPECT_FALSE(ParseAbsSendTime(Hex("0400")));
}

TEST(Identification, IsVisibleText) {
  EXPECT_EQ(ParseIdentification(Hex("7230")), "r0");
  EXPECT_FALSE(ParseIdentification({}));
  EXPECT_FALSE(ParseIdentification(Hex("7200")));
  EXPECT_FALSE(ParseIdentification(Hex("72ff")));
}

TEST(VideoOrientation, ReadsRotationFlipAndCamera) {
  const auto orientation = VideoOrientation::Parse(Hex("0f"));
  EXPECT_EQ(orientation, (VideoOrientation{true, true, 270}));
  EXPECT_EQ(orientation->ToByte(), 0x0f);
  EXPECT_EQ(VideoOrientation::Parse(Hex("01")), (VideoOrientation{false, false, 90}));
}

TEST(Toffset, IsSigned) {
  std::array<std::uint8_t, 3> bytes{};
  for (const std::int32_t value : {0, 1, -1, 0x7fffff, -0x800000, 4711}) {
    StoreToffset(bytes.data(), value);
    EXPECT_EQ(ParseToffset(bytes), value);
  }
}

TEST(AbsCaptureTime, HasAShortAndALongForm) {
  for (const AbsCaptureTime time :
       {AbsCaptureTime{0x0123456789abcdef, std::nullopt}, AbsCaptureTime{1, -5}}) {
    std::array<std::uint8_t, AbsCaptureTime::kMaxSize> memory{};
    ByteWriter writer(memory);
    time.Write(writer);
    EXPECT_EQ(AbsCaptureTime::Parse(writer.written()), time);
  }
  EXPECT_FALSE(AbsCaptureTime::Parse(Hex("0102030405060708 09")));
}

TEST(PlayoutDelay, CountsInTensOfMilliseconds) {
  EXPECT_EQ(PlayoutDelay::Parse(Hex("00a 014")), (PlayoutDelay{100ms, 200ms}));
  std::array<std::uint8_t, 3> memory{};
  ByteWriter writer(memory);
  PlayoutDelay{-1s, 1h}.Write(writer);
  EXPECT_EQ(PlayoutDelay::Parse(writer.written()), (PlayoutDelay{0ms, 40'950ms}));
}

}  // namespace
}  // namespace kcs::wire
