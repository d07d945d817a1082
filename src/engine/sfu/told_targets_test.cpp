#include "engine/sfu/told_targets.h"

#include <gtest/gtest.h>

namespace kcs::sfu {
namespace {

constexpr media::ActiveTargets kAll{.mask = 0b1111, .count = 4, .all = true};
constexpr media::ActiveTargets kLow{.mask = 0b0011, .count = 4, .all = false};
constexpr media::ActiveTargets kLowest{.mask = 0b0001, .count = 4, .all = false};

// The bitmask that is said; 0: nothing is.
std::uint32_t Mask(const std::optional<media::ActiveTargets>& said) { return said ? said->mask : 0; }

TEST(ToldTargets, SayNothingWhileEverythingIsSent) {
  ToldTargets told;
  EXPECT_EQ(Mask(told.OnFrame(100, kAll, true)), 0U);
  EXPECT_EQ(Mask(told.OnFrame(103, kAll, false)), 0U);
  EXPECT_EQ(Mask(told.OnRepeat(100)), 0U);
}

TEST(ToldTargets, SayWithEachFrameWhatIsLeftAndOnceThatAllIsBack) {
  ToldTargets told;
  told.OnFrame(100, kAll, true);
  EXPECT_EQ(Mask(told.OnFrame(103, kLow, false)), 0b0011U);
  EXPECT_EQ(Mask(told.OnFrame(106, kLow, true)), 0b0011U) << "a structure says otherwise by itself";
  EXPECT_EQ(Mask(told.OnFrame(109, kAll, false)), 0b1111U);
  EXPECT_EQ(Mask(told.OnFrame(112, kAll, false)), 0U);
}

TEST(ToldTargets, LeaveItToAStructureThatAllIsBack) {
  ToldTargets told;
  told.OnFrame(103, kLow, false);
  EXPECT_EQ(Mask(told.OnFrame(109, kAll, true)), 0U);
  EXPECT_EQ(Mask(told.OnFrame(112, kAll, false)), 0U);
  EXPECT_EQ(Mask(told.OnRepeat(109)), 0U);
}

TEST(ToldTargets, SayAgainWhatTheFrameSaidAndNotWhatIsTrueNow) {
  ToldTargets told;
  told.OnFrame(100, kAll, true);
  told.OnFrame(103, kLow, false);
  told.OnFrame(106, kLowest, false);
  EXPECT_EQ(Mask(told.OnRepeat(100)), 0U);
  EXPECT_EQ(Mask(told.OnRepeat(103)), 0b0011U);
  EXPECT_EQ(Mask(told.OnRepeat(106)), 0b0001U);
}

// Nobody else would say it before the next key frame.
TEST(ToldTargets, SayAgainThatAllIsBackWhenThatFrameWasLost) {
  ToldTargets told;
  told.OnFrame(103, kLow, false);
  told.OnFrame(109, kAll, false);
  told.OnFrame(112, kAll, false);
  EXPECT_EQ(Mask(told.OnRepeat(109)), 0b1111U);
  EXPECT_EQ(Mask(told.OnRepeat(112)), 0U);
}

// Some receivers go by the order of arrival.
TEST(ToldTargets, SayWhatIsTrueNowOnceMoreAfterAFrameOfThePastSaidOtherwise) {
  ToldTargets told;
  told.OnFrame(103, kLow, false);
  told.OnFrame(109, kAll, false);
  told.OnRepeat(103);
  EXPECT_EQ(Mask(told.OnFrame(112, kAll, false)), 0b1111U);
  EXPECT_EQ(Mask(told.OnFrame(115, kAll, false)), 0U);
}

TEST(ToldTargets, AFrameThatComesLateIsOfThePastToo) {
  ToldTargets told;
  told.OnFrame(103, kLow, false);
  told.OnFrame(109, kAll, false);
  EXPECT_EQ(Mask(told.OnFrame(106, kAll, false)), 0b0011U);
  EXPECT_EQ(Mask(told.OnFrame(112, kAll, false)), 0b1111U);
}

TEST(ToldTargets, ForgetWhatIsLongPast) {
  ToldTargets told;
  for (std::uint64_t sequence = 100; sequence < 200; sequence += 10) {
    told.OnFrame(sequence, sequence % 20 == 0 ? kLow : kLowest, false);
  }
  EXPECT_EQ(Mask(told.OnRepeat(100)), 0U);
  EXPECT_EQ(Mask(told.OnRepeat(165)), 0b0011U);
  EXPECT_EQ(Mask(told.OnRepeat(199)), 0b0001U);
}

}  // namespace
}  // namespace kcs::sfu
