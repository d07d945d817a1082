#include "engine/sfu/touched.h"

#include <gmock/gmock.h>

namespace kcs::sfu {
namespace {

using ::testing::ElementsAre;

TEST(Touched, GivesEachOnceHoweverOftenItWasTouched) {
  Touched touched;
  touched.Add(3);
  touched.Add(1);
  touched.Add(3);
  std::vector<std::uint32_t> taken;
  touched.TakeAll([&](std::uint32_t index) { taken.push_back(index); });
  EXPECT_THAT(taken, ElementsAre(3, 1));
}

TEST(Touched, GivesWhatIsTouchedMeanwhileToo) {
  Touched touched;
  touched.Add(1);
  std::vector<std::uint32_t> taken;
  touched.TakeAll([&](std::uint32_t index) {
    taken.push_back(index);
    if (taken.size() == 1) {
      for (std::uint32_t other = 0; other < 100; ++other) touched.Add(other);
    }
  });
  EXPECT_EQ(taken.size(), 101U);

  taken.clear();
  touched.Add(7);
  touched.TakeAll([&](std::uint32_t index) { taken.push_back(index); });
  EXPECT_THAT(taken, ElementsAre(7)) << "and can be touched again afterwards";
}

}  // namespace
}  // namespace kcs::sfu
