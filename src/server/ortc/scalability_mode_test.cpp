#include "server/ortc/scalability_mode.h"

#include <gtest/gtest.h>

namespace kcs::ortc {
namespace {

TEST(ScalabilityMode, CountsLayers) {
  EXPECT_EQ(ParseScalabilityMode("L1T1"), (ScalabilityMode{1, 1, false, false, false}));
  EXPECT_EQ(ParseScalabilityMode("L3T2"), (ScalabilityMode{3, 2, false, false, false}));
  EXPECT_EQ(ParseScalabilityMode("S2T3"), (ScalabilityMode{2, 3, true, false, false}));
  EXPECT_EQ(ParseScalabilityMode("L3T3_KEY"), (ScalabilityMode{3, 3, false, true, false}));
  EXPECT_EQ(ParseScalabilityMode("L2T2_KEY_SHIFT"), (ScalabilityMode{2, 2, false, true, true}));
  EXPECT_EQ(ParseScalabilityMode("L2T1h"), (ScalabilityMode{2, 1, false, false, false}));
}

TEST(ScalabilityMode, IsOneLayerWhenNothingIsSaid) { EXPECT_EQ(ParseScalabilityMode(""), ScalabilityMode{}); }

TEST(ScalabilityMode, RefusesWhatIsNone) {
  for (const char* text :
       {"L", "L1", "L0T1", "L1T0", "L01T1", "M1T1", "L1T1_", "L1T1_KEYS", "L100T1", "L1T1 "}) {
    EXPECT_FALSE(ParseScalabilityMode(text)) << text;
  }
}

}  // namespace
}  // namespace kcs::ortc
