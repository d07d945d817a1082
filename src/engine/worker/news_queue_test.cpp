#include "engine/worker/news_queue.h"

#include <gtest/gtest.h>

namespace kcs::worker_process {
namespace {

sfu::ConsumerScoreChanged Score(std::uint64_t consumer, std::uint8_t score) {
  return {.consumer = sfu::ConsumerId(consumer), .score = score};
}

TEST(NewsQueue, KeepsTheOrderOfWhatIsTold) {
  NewsQueue queue;
  EXPECT_TRUE(queue.Put(Score(1, 10)));
  EXPECT_TRUE(queue.Put(sfu::TransportQuality{.transport = sfu::TransportId(7), .rtt_ms = {}}));
  EXPECT_TRUE(std::holds_alternative<sfu::ConsumerScoreChanged>(*queue.Take()));
  EXPECT_TRUE(std::holds_alternative<sfu::TransportQuality>(*queue.Take()));
  EXPECT_FALSE(queue.Take().has_value());
}

TEST(NewsQueue, OfOneKindAboutOneObjectOnlyTheLatestWaits) {
  NewsQueue queue;
  for (std::uint8_t score = 0; score <= 10; ++score) {
    queue.Put(Score(1, score));
    queue.Put(Score(2, score));
    queue.Put(sfu::ProducerScoreChanged{.producer = sfu::ProducerId(1), .score = score});
  }
  ASSERT_EQ(queue.size(), 3U);
  for (const std::uint64_t consumer : {1U, 2U}) {
    const auto news = std::get<sfu::ConsumerScoreChanged>(*queue.Take());
    EXPECT_EQ(news.consumer, sfu::ConsumerId(consumer));
    EXPECT_EQ(news.score, 10);
  }
  EXPECT_EQ(std::get<sfu::ProducerScoreChanged>(*queue.Take()).score, 10);
  // What has been told may be told again.
  EXPECT_TRUE(queue.Put(Score(1, 5)));
  EXPECT_EQ(std::get<sfu::ConsumerScoreChanged>(*queue.Take()).score, 5);
}

TEST(NewsQueue, SaysWhatFindsNoRoomAndStillRenewsWhatWaits) {
  NewsQueue queue(2);
  EXPECT_TRUE(queue.Put(Score(1, 1)));
  EXPECT_TRUE(queue.Put(Score(2, 2)));
  EXPECT_FALSE(queue.Put(Score(3, 3)));
  EXPECT_TRUE(queue.Put(Score(1, 9)));
  EXPECT_EQ(std::get<sfu::ConsumerScoreChanged>(*queue.Take()).score, 9);
  EXPECT_TRUE(queue.Put(Score(3, 3)));
}

}  // namespace
}  // namespace kcs::worker_process
