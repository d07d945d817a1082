#include "engine/congestion/send_history.h"

#include <gtest/gtest.h>

#include "base/testing/allocations.h"

namespace kcs::congestion {
namespace {

using Status = SendHistory::Status;
constexpr Timestamp kStart{100s};

TEST(SendHistory, TellsWhenAndHowLargeAPacketWas) {
  SendHistory history;
  history.Add(65'535, 1200, kStart);
  history.Add(0, 300, kStart + 7ms);
  const auto first = history.Report(65'535, true, kStart + 50ms);
  EXPECT_EQ(first.before, Status::kInFlight);
  EXPECT_EQ(first.sent, kStart);
  EXPECT_EQ(first.size, 1200);
  const auto second = history.Report(0, false, kStart + 50ms);
  EXPECT_EQ(second.sent, kStart + 7ms);
  EXPECT_EQ(second.size, 300);
}

TEST(SendHistory, RemembersWhatWasReported) {
  SendHistory history;
  history.Add(1, 1200, kStart);
  EXPECT_EQ(history.Report(1, false, kStart).before, Status::kInFlight);
  EXPECT_EQ(history.Report(1, true, kStart).before, Status::kLost);
  EXPECT_EQ(history.Report(1, false, kStart).before, Status::kReceived);
  EXPECT_EQ(history.Report(1, true, kStart).before, Status::kReceived);
}

TEST(SendHistory, KnowsNothingOfPacketsNeverSentOrOld) {
  SendHistory history;
  EXPECT_EQ(history.Report(1, true, kStart).before, Status::kUnknown);
  history.Add(1, 1200, kStart);
  EXPECT_EQ(history.Report(2, true, kStart).before, Status::kUnknown);
  EXPECT_EQ(history.Report(1 + SendHistory::kFirstPackets, true, kStart).before, Status::kUnknown);
  EXPECT_EQ(history.Report(1, true, kStart + SendHistory::kMaxAge + 1us).before, Status::kUnknown);
}

TEST(SendHistory, GrowsWithWhatIsInFlightAndNoFurther) {
  SendHistory history;
  EXPECT_EQ(history.capacity(), 0U);
  for (std::uint16_t i = 0; i < 1000; ++i) {  // reported at once
    history.Add(i, 1200, kStart);
    history.Report(i, true, kStart);
  }
  EXPECT_EQ(history.capacity(), SendHistory::kFirstPackets);
  for (std::uint32_t i = 1000; i < 60'000; ++i) history.Add(static_cast<std::uint16_t>(i), 1200, kStart);
  EXPECT_EQ(history.capacity(), SendHistory::kMaxPackets);
  EXPECT_EQ(history.Report(59'999, true, kStart).before, Status::kInFlight);
  EXPECT_EQ(history.Report(51'900, true, kStart).before, Status::kInFlight);
  EXPECT_EQ(history.Report(51'000, true, kStart).before, Status::kUnknown);
}

TEST(SendHistory, KeepsWhatItKnewWhenItGrows) {
  SendHistory history;
  for (std::uint16_t i = 0; i < 300; ++i) history.Add(i, i, kStart + Duration{i});
  for (std::uint16_t i = 0; i < 300; ++i) {
    const auto packet = history.Report(i, true, kStart + 1s);
    EXPECT_EQ(packet.before, Status::kInFlight) << i;
    EXPECT_EQ(packet.size, i);
    EXPECT_EQ(packet.sent, kStart + Duration{i});
  }
}

TEST(SendHistory, TakesNoMemoryOnceItIsLargeEnough) {
  SendHistory history;
  for (std::uint32_t i = 0; i < 500; ++i) history.Add(static_cast<std::uint16_t>(i), 1200, kStart);
  const auto before = AllocationsSoFar();
  // Nobody reports, but what is older than two seconds is not worth keeping.
  for (std::uint32_t i = 500; i < 200'000; ++i) {
    history.Add(static_cast<std::uint16_t>(i), 1200, kStart + i * 5ms);
  }
  EXPECT_EQ(AllocationsSoFar(), before);
}

TEST(SendHistory, SurvivesTheWrapOfItsClock) {
  SendHistory history;
  const Timestamp late{Duration{(std::int64_t{1} << 32) - 10}};
  history.Add(1, 1200, late);
  const auto packet = history.Report(1, true, late + 1s);
  EXPECT_EQ(packet.before, Status::kInFlight);
  EXPECT_EQ(packet.sent, late);
}

}  // namespace
}  // namespace kcs::congestion
