#include "io/message_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "io/test_util.h"

namespace kcs::io {
namespace {

using testing::Await;
using ::testing::ElementsAre;
using testing::Text;

class MessageChannelTest : public ::testing::Test {
 protected:
  struct End {
    std::unique_ptr<MessageChannel> channel;
    std::vector<std::string> received;
    int closed = 0;
  };

  void Open(MessageChannel::Limits limits = {}) {
    auto pair = MessageChannel::CreatePair();
    ASSERT_TRUE(pair.has_value()) << pair.error();
    OpenEnd(a, loop, std::move(pair->first), limits);
    OpenEnd(b, loop, std::move(pair->second), limits);
  }
  static void OpenEnd(End& end, EventLoop& on, UniqueFd fd, MessageChannel::Limits limits) {
    end.channel = std::make_unique<MessageChannel>(
        on, std::move(fd), limits,
        MessageChannel::Handlers{[&end](Bytes message) { end.received.push_back(Text(message)); },
                                 [&end] { ++end.closed; }});
  }

  EventLoop loop;
  End a;
  End b;
};

TEST_F(MessageChannelTest, KeepsMessagesApartAndInOrder) {
  Open();
  EXPECT_TRUE(a.channel->Send(AsBytes("one")));
  EXPECT_TRUE(a.channel->Send(AsBytes("two")));
  EXPECT_TRUE(b.channel->Send(AsBytes("back")));
  ASSERT_TRUE(Await(loop, [&] { return b.received.size() == 2 && a.received.size() == 1; }));
  EXPECT_THAT(b.received, ElementsAre("one", "two"));
  EXPECT_THAT(a.received, ElementsAre("back"));
}

TEST_F(MessageChannelTest, CarriesTheLargestMessageAndRefusesALargerOne) {
  Open();
  const std::string largest(MessageChannel::kMaxMessage, 'm');
  EXPECT_TRUE(a.channel->Send(AsBytes(largest)));
  EXPECT_FALSE(a.channel->Send(AsBytes(largest + "m")));
  EXPECT_FALSE(a.channel->Send({}));
  EXPECT_EQ(a.channel->dropped(), 2U);
  ASSERT_TRUE(Await(loop, [&] { return b.received.size() == 1; }));
  EXPECT_EQ(b.received[0], largest);
}

TEST_F(MessageChannelTest, QueuesWhatTheKernelDoesNotTakeUpToItsLimit) {
  MessageChannel::Limits limits;
  limits.max_queued_messages = 50;
  Open(limits);
  const std::string large(60'000, 'q');
  std::size_t sent = 0;
  while (a.channel->Send(AsBytes(large + std::to_string(sent)))) ++sent;
  EXPECT_GT(sent, 50U);
  EXPECT_GT(a.channel->queued_bytes(), 0U);
  EXPECT_EQ(a.channel->dropped(), 1U);
  ASSERT_TRUE(Await(loop, [&] { return b.received.size() == sent; }));
  EXPECT_EQ(a.channel->queued_bytes(), 0U);
  for (std::size_t i = 0; i < sent; ++i) EXPECT_EQ(b.received[i], large + std::to_string(i));
  EXPECT_TRUE(a.channel->Send(AsBytes("goes on")));
}

TEST_F(MessageChannelTest, WhoAnswersTakesNoMoreThanItGetsRidOfAnswers) {
  auto pair = MessageChannel::CreatePair();
  ASSERT_TRUE(pair.has_value());
  OpenEnd(a, loop, std::move(pair->first), {});
  const std::string answer(60'000, 'a');
  std::size_t taken = 0;
  std::unique_ptr<MessageChannel> b_channel;
  MessageChannel::Limits limits;
  limits.max_queued_messages = 1;
  limits.reads_while_sending = false;
  b_channel =
      std::make_unique<MessageChannel>(loop, std::move(pair->second), limits,
                                       MessageChannel::Handlers{.on_message =
                                                                    [&](Bytes) {
                                                                      ++taken;
                                                                      b_channel->Send(AsBytes(answer));
                                                                    },
                                                                .on_closed = nullptr});
  constexpr std::size_t kQuestions = 200;
  for (std::size_t i = 0; i < kQuestions; ++i) ASSERT_TRUE(a.channel->Send(AsBytes("?")));
  ASSERT_TRUE(Await(loop, [&] { return a.received.size() == kQuestions; }));
  EXPECT_EQ(taken, kQuestions);
  EXPECT_EQ(b_channel->dropped(), 0U);
}

TEST_F(MessageChannelTest, TheLastMessagesArriveBeforeTheEnd) {
  Open();
  a.channel->Send(AsBytes("last words"));
  a.channel.reset();
  ASSERT_TRUE(Await(loop, [&] { return b.closed > 0; }));
  EXPECT_THAT(b.received, ElementsAre("last words"));
  EXPECT_EQ(b.closed, 1);
  EXPECT_TRUE(b.channel->closed());
  EXPECT_FALSE(b.channel->Send(AsBytes("to nobody")));
}

TEST_F(MessageChannelTest, SendingToAnEndThatIsGoneClosesOnce) {
  Open();
  a.channel.reset();
  b.channel->Send(AsBytes("to nobody"));
  ASSERT_TRUE(Await(loop, [&] { return b.closed > 0; }));
  EXPECT_EQ(b.closed, 1);
}

TEST(MessageChannel, HandlersMayDestroyIt) {
  EventLoop loop;
  auto pair = MessageChannel::CreatePair();
  ASSERT_TRUE(pair.has_value());
  std::unique_ptr<MessageChannel> channel;
  int calls = 0;
  const auto token = std::make_shared<int>(1);  // state of the handler that must outlive the destruction
  channel = std::make_unique<MessageChannel>(loop, std::move(pair->first), MessageChannel::Limits(),
                                             MessageChannel::Handlers{[&channel, &calls, token](Bytes) {
                                                                        channel.reset();
                                                                        calls += *token;
                                                                      },
                                                                      nullptr});
  MessageChannel other(loop, std::move(pair->second), {}, {[](Bytes) {}, nullptr});
  other.Send(AsBytes("a"));
  other.Send(AsBytes("b"));
  EXPECT_TRUE(Await(loop, [&] { return other.closed(); }));
  EXPECT_EQ(calls, 1);
}

TEST(MessageChannel, ServesAContextThatSomebodyElseRuns) {
  boost::asio::io_context context;
  EventLoop loop(context);
  auto pair = MessageChannel::CreatePair();
  ASSERT_TRUE(pair.has_value());
  std::string received;
  MessageChannel a(loop, std::move(pair->first), {}, {[](Bytes) {}, nullptr});
  MessageChannel b(loop, std::move(pair->second), {},
                   {[&](Bytes message) {
                      received = Text(message);
                      context.stop();
                    },
                    nullptr});
  a.Send(AsBytes("x"));
  context.run_for(std::chrono::seconds(5));
  EXPECT_EQ(received, "x");
}

}  // namespace
}  // namespace kcs::io
