#include "engine/media/packet_history.h"

#include <gtest/gtest.h>

namespace kcs::media {
namespace {

class PacketHistoryTest : public testing::Test {
 protected:
  void Add(PacketHistory& history, std::uint64_t sequence) {
    StoredPacket packet;
    packet.slot = slab_.Acquire();
    packet.sequence = sequence;
    packet.arrived = now_;
    history.Add(std::move(packet));
  }

  Slab slab_{4096};
  Timestamp now_{10s};
};

TEST_F(PacketHistoryTest, FindsWhatCameAndNotWhatDidNot) {
  PacketHistory history;
  EXPECT_EQ(history.Find(1, now_), nullptr);
  Add(history, 100);
  Add(history, 102);
  ASSERT_NE(history.Find(100, now_), nullptr);
  EXPECT_EQ(history.Find(100, now_)->sequence, 100U);
  EXPECT_EQ(history.Find(101, now_), nullptr);
  EXPECT_EQ(history.Find(99, now_), nullptr);
  EXPECT_EQ(history.Find(103, now_), nullptr);
  EXPECT_EQ(history.Find(100 + 32, now_), nullptr);
  Add(history, 101);
  EXPECT_NE(history.Find(101, now_), nullptr);
}

TEST_F(PacketHistoryTest, KeepsAsManyAsItMayAndNoMoreThanTheMaximum) {
  PacketHistory history{1024};
  for (std::uint64_t s = 1; s <= 5000; ++s) Add(history, s);
  EXPECT_EQ(history.size(), 1024U);
  EXPECT_EQ(slab_.in_use(), 1024U);
  EXPECT_NE(history.Find(5000 - 1023, now_), nullptr);
  EXPECT_EQ(history.Find(5000 - 1024, now_), nullptr);
}

TEST_F(PacketHistoryTest, LetsGoOfOldPacketsAndTheirMemory) {
  PacketHistory history{1024, 2s};
  for (std::uint64_t s = 1; s <= 500; ++s, now_ += 20ms) Add(history, s);
  EXPECT_LE(history.size(), 102U);
  EXPECT_LE(slab_.in_use(), 102U);
  EXPECT_EQ(history.Find(300, now_), nullptr);
  EXPECT_NE(history.Find(500, now_ + 1s), nullptr);
  EXPECT_EQ(history.Find(500, now_ + 3s), nullptr) << "too old, though nothing came to push it out";
  history.Expire(now_ + 3s);
  EXPECT_EQ(slab_.in_use(), 0U);
  EXPECT_EQ(history.Find(500, now_ + 3s), nullptr);
}

TEST_F(PacketHistoryTest, ALatePacketFindsItsPlaceAlsoBeforeTheFirst) {
  PacketHistory history;
  Add(history, 1000);
  Add(history, 990);
  EXPECT_NE(history.Find(990, now_), nullptr);
  Add(history, 900);  // farther back than the ring is long
  EXPECT_EQ(history.Find(900, now_), nullptr);
  EXPECT_EQ(slab_.in_use(), 2U);
}

TEST_F(PacketHistoryTest, SurvivesJumpsAndClear) {
  PacketHistory history;
  for (std::uint64_t s = 1; s <= 200; ++s) Add(history, s);
  Add(history, 100'000'000);
  EXPECT_EQ(history.size(), 1U);
  EXPECT_NE(history.Find(100'000'000, now_), nullptr);
  history.Clear();
  EXPECT_EQ(history.Find(100'000'000, now_), nullptr);
  EXPECT_EQ(slab_.in_use(), 0U);
  Add(history, 5);
  EXPECT_NE(history.Find(5, now_), nullptr);
}

}  // namespace
}  // namespace kcs::media
