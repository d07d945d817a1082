#include "engine/worker/server_channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "io/test_util.h"
#include "proto/worker.pb.h"

namespace kcs::worker_process {
namespace {

// A worker's end of the channel, and a server that reads when the test lets it.
class ServerChannelTest : public testing::Test {
 protected:
  ServerChannelTest() {
    auto pair = io::MessageChannel::CreatePair();
    server_ = std::move(pair->first);
    channel_.emplace(loop_, std::move(pair->second),
                     ServerChannel::Handlers{.on_request =
                                                 [this](const worker::Request& request) {
                                                   worker::Envelope answer;
                                                   answer.mutable_response()->set_id(request.id());
                                                   answer.mutable_response()->mutable_error()->set_message(
                                                       std::string(answer_size_, 'a'));
                                                   channel_->Answer(answer);
                                                 },
                                             .on_closed = [this] { closed_ = true; },
                                             .on_news_lost = [this] { ++lost_; }});
  }

  // Until the kernel takes no more; returns how many.
  std::uint64_t AskALot() {
    for (;;) {
      worker::Envelope request;
      request.mutable_request()->set_id(asked_ + 1);
      const std::string bytes = request.SerializeAsString();
      if (::send(server_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) < 0) return asked_;
      ++asked_;
    }
  }
  void Tell(const sfu::Notification& news) { channel_->Tell({&news, 1}); }
  void TellScore(std::uint64_t consumer, std::uint8_t score) {
    Tell(sfu::ConsumerScoreChanged{.consumer = sfu::ConsumerId(consumer), .score = score});
  }
  void LetTheWorkerRun() { loop_.RunUntil(io::EventLoop::Now() + 20ms); }
  // Reads what there is.
  void Read() {
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t size = ::recv(server_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size <= 0) return;
      worker::Envelope envelope;
      ASSERT_TRUE(envelope.ParseFromArray(buffer.data(), static_cast<int>(size)));
      if (envelope.has_response()) answers_.push_back(envelope.response());
      if (envelope.has_news()) ++messages_of_news_;
      for (const worker::Notification& news : envelope.news().notifications()) {
        ++news_;
        scores_[news.consumer_score().consumer_id()] = news.consumer_score().score();
      }
    }
  }
  template <typename Condition>
  bool ReadUntil(Condition condition) {
    return io::testing::Await(loop_, [&] {
      Read();
      return condition();
    });
  }

  io::EventLoop loop_;
  io::UniqueFd server_;
  std::optional<ServerChannel> channel_;
  std::size_t answer_size_ = 100;
  bool closed_ = false;
  std::size_t lost_ = 0;
  std::uint64_t asked_ = 0;
  std::vector<worker::Response> answers_;
  std::size_t news_ = 0;
  std::size_t messages_of_news_ = 0;
  std::map<std::uint64_t, std::uint32_t> scores_;
};

TEST_F(ServerChannelTest, AnswersEveryRequestInTurnHoweverMuchThereIsToTell) {
  std::uint64_t asked = 0;
  for (std::uint8_t round = 0; round < 20; ++round) {
    asked = AskALot();
    for (std::uint64_t consumer = 1; consumer <= 1000; ++consumer) TellScore(consumer, round % 11);
    LetTheWorkerRun();
  }
  ASSERT_TRUE(ReadUntil([&] { return answers_.size() == asked; }));
  for (std::uint64_t i = 0; i < asked; ++i) ASSERT_EQ(answers_[i].id(), i + 1);
}

TEST_F(ServerChannelTest, AServerThatWasBusyHearsHowThingsAreAndNotHowTheyWere) {
  constexpr std::uint64_t kConsumers = 3000;
  constexpr std::uint8_t kRounds = 100;
  for (std::uint8_t round = 1; round <= kRounds; ++round) {
    for (std::uint64_t consumer = 1; consumer <= kConsumers; ++consumer) TellScore(consumer, round);
  }
  ASSERT_TRUE(ReadUntil([&] {
    return scores_.size() == kConsumers &&
           std::ranges::all_of(scores_, [](const auto& score) { return score.second == kRounds; });
  }));
  EXPECT_LT(news_, 10 * kConsumers);
  // And then again at once.
  TellScore(1, 7);
  ASSERT_TRUE(ReadUntil([&] { return scores_[1] == 7; }));
}

TEST_F(ServerChannelTest, WhatThereIsToTellAtATimeIsOneMessageIfItFits) {
  std::vector<sfu::Notification> news;
  for (std::uint64_t consumer = 1; consumer <= 100; ++consumer) {
    news.emplace_back(sfu::ConsumerScoreChanged{.consumer = sfu::ConsumerId(consumer), .score = 5});
  }
  channel_->Tell(news);
  ASSERT_TRUE(ReadUntil([&] { return scores_.size() == 100; }));
  EXPECT_EQ(messages_of_news_, 1U);

  // Each of these fits into a message, but not two.
  news.clear();
  for (std::uint64_t router = 1; router <= 4; ++router) {
    sfu::SpeakerPlacesChanged large{.router = sfu::RouterId(router), .speakers = {}};
    large.speakers.assign(io::MessageChannel::kMaxMessage * 3 / 4, sfu::ProducerId(1));
    news.emplace_back(large);
  }
  channel_->Tell(news);
  ASSERT_TRUE(ReadUntil([&] { return news_ == 104; }));
  EXPECT_EQ(lost_, 0U);
}

TEST_F(ServerChannelTest, WhatHasWaitedIsToldTogetherToo) {
  const std::uint64_t asked = AskALot();
  answer_size_ = 60'000;
  LetTheWorkerRun();
  for (std::uint64_t consumer = 1; consumer <= 1000; ++consumer) TellScore(consumer, 5);
  ASSERT_TRUE(ReadUntil([&] { return answers_.size() == asked && scores_.size() == 1000; }));
  EXPECT_LE(messages_of_news_, 4U);
}

TEST_F(ServerChannelTest, NewsThatFindsNoRoomIsCountedAsLostAndNoOther) {
  std::vector<sfu::Notification> news;
  for (std::uint64_t consumer = 1; consumer <= 2 * NewsQueue::kMost; ++consumer) {
    news.emplace_back(sfu::ConsumerScoreChanged{.consumer = sfu::ConsumerId(consumer), .score = 5});
  }
  channel_->Tell(news);  // the server reads none of it meanwhile
  EXPECT_GT(lost_, 0U);
  ASSERT_TRUE(ReadUntil([&] { return news_ >= NewsQueue::kMost && news_ + lost_ == news.size(); }));
}

TEST_F(ServerChannelTest, NewsThatIsTooLongIsCountedAsLostAndDoesNotKeepOthersBack) {
  sfu::SpeakerPlacesChanged too_long{};
  too_long.speakers.assign(io::MessageChannel::kMaxMessage, sfu::ProducerId(1));
  Tell(too_long);
  EXPECT_EQ(lost_, 1U);
  // The same while the server is busy.
  const std::uint64_t asked = AskALot();
  answer_size_ = 60'000;
  LetTheWorkerRun();
  Tell(too_long);
  TellScore(1, 7);
  ASSERT_TRUE(ReadUntil([&] { return answers_.size() == asked && scores_[1] == 7; }));
  EXPECT_EQ(lost_, 2U);
}

TEST_F(ServerChannelTest, AnAnswerThatIsTooLongIsAnswered) {
  answer_size_ = 2 * io::MessageChannel::kMaxMessage;
  worker::Envelope request;
  request.mutable_request()->set_id(5);
  const std::string bytes = request.SerializeAsString();
  ASSERT_GT(::send(server_.get(), bytes.data(), bytes.size(), 0), 0);
  ASSERT_TRUE(ReadUntil([&] { return answers_.size() == 1; }));
  EXPECT_EQ(answers_[0].id(), 5U);
  EXPECT_EQ(answers_[0].error().code(), worker::Error::INTERNAL);
}

TEST_F(ServerChannelTest, SeesTheEndOfAServerThatDidNotRead) {
  AskALot();
  answer_size_ = 60'000;
  LetTheWorkerRun();
  for (std::uint64_t consumer = 1; consumer <= 1000; ++consumer) TellScore(consumer, 1);
  server_.Reset();
  EXPECT_TRUE(io::testing::Await(loop_, [&] { return closed_; }));
}

}  // namespace
}  // namespace kcs::worker_process
