#include "engine/wire/red.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace kcs::wire {
namespace {

using testing::ElementsAre;
using Octets = std::vector<std::uint8_t>;

Octets Renamed(const Octets& payload, std::uint8_t payload_type = 100) {
  std::array<std::uint8_t, kMaxRedHeader> out{};
  const std::size_t size = WriteRedHeader(payload, payload_type, out.data());
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

TEST(Red, RenamesThePrimaryBlock) { EXPECT_THAT(Renamed({111, 1, 2, 3}), ElementsAre(100)); }

TEST(Red, RenamesEveryBlockAndKeepsItsOffsetAndLength) {
  // 111 with offset 960 and two bytes, then the primary.
  EXPECT_THAT(Renamed({0x80 | 111, 0x0f, 0x00, 0x02, 111, 1, 2, 3}),
              ElementsAre(0x80 | 100, 0x0f, 0x00, 0x02, 100));
}

TEST(Red, RefusesHeadersThatPromiseMoreThanThereIs) {
  EXPECT_THAT(Renamed({}), ElementsAre());
  EXPECT_THAT(Renamed({0x80 | 111, 0x0f, 0x00}), ElementsAre());
  EXPECT_THAT(Renamed({0x80 | 111, 0x0f, 0x00, 0x00}), ElementsAre());
  EXPECT_THAT(Renamed({0x80 | 111, 0x0f, 0x00, 0x04, 111, 1, 2, 3}), ElementsAre());
}

TEST(Red, TakesThreeRedundantBlocksAndNoMore) {
  Octets payload;
  for (int i = 0; i < 3; ++i) payload.insert(payload.end(), {0x80 | 111, 0x0f, 0x00, 0x00});
  Octets too_many = payload;
  payload.insert(payload.end(), {111, 1});
  EXPECT_EQ(Renamed(payload).size(), kMaxRedHeader);
  too_many.insert(too_many.end(), {0x80 | 111, 0x0f, 0x00, 0x00, 111, 1});
  EXPECT_THAT(Renamed(too_many), ElementsAre());
}

}  // namespace
}  // namespace kcs::wire
