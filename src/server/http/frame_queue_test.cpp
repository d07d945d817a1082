#include "server/http/frame_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace kcs::http {
namespace {

SharedText Text(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

std::string Flat(const std::vector<boost::asio::const_buffer>& buffers) {
  std::string out;
  for (const auto& buffer : buffers) out.append(static_cast<const char*>(buffer.data()), buffer.size());
  return out;
}

// The bytes of the frame that carries so many bytes of payload, without them.
std::string HeadOf(std::size_t size) {
  FrameQueue queue;
  queue.Push(Text(std::string(size, 'x')), false);
  const std::string all = Flat(queue.StartBatch());
  return all.substr(0, all.size() - size);
}

TEST(FrameQueue, WritesLengthsInTheShortestForm) {
  EXPECT_EQ(HeadOf(0), std::string("\x81\x00", 2));
  EXPECT_EQ(HeadOf(125), "\x81\x7D");
  EXPECT_EQ(HeadOf(126), std::string("\x81\x7E\x00\x7E", 4));
  EXPECT_EQ(HeadOf(65'535), "\x81\x7E\xFF\xFF");
  EXPECT_EQ(HeadOf(65'536), std::string("\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

TEST(FrameQueue, SaysWhatIsBinaryAndLeavesRawBytesAlone) {
  FrameQueue queue;
  queue.Push(Text("ab"), true);
  queue.PushRaw(Text("raw"));
  EXPECT_EQ(Flat(queue.StartBatch()),
            "\x82\x02"
            "abraw");
  EXPECT_TRUE(queue.FinishBatch());
  queue.Push(Text("c"), false);
  queue.StartBatch();
  EXPECT_FALSE(queue.FinishBatch());
}

TEST(FrameQueue, SendsTogetherWhatWaitsAndLeavesNothingOut) {
  FrameQueue queue;
  std::string expected;
  for (std::size_t i = 0; i < FrameQueue::kMaxBatchFrames + 3; ++i) {
    const std::string text(1, static_cast<char>('a' + i % 26));
    queue.Push(Text(text), false);
    expected += "\x81\x01" + text;
  }
  std::string sent = Flat(queue.StartBatch());
  EXPECT_EQ(sent.size(), 3 * FrameQueue::kMaxBatchFrames);
  // What comes while a batch is on its way waits for the next, behind the others.
  queue.Push(Text("!"), false);
  expected += "\x81\x01!";
  EXPECT_EQ(queue.messages(), FrameQueue::kMaxBatchFrames + 4);
  queue.FinishBatch();
  EXPECT_EQ(queue.messages(), 4U);
  sent += Flat(queue.StartBatch());
  queue.FinishBatch();
  EXPECT_EQ(sent, expected);
  EXPECT_FALSE(queue.has_waiting());
  EXPECT_EQ(queue.messages(), 0U);
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(FrameQueue, SendsLargeMessagesOneByOne) {
  FrameQueue queue;
  const auto large = Text(std::string(FrameQueue::kMaxBatchBytes + 1, 'x'));
  queue.Push(large, false);
  queue.Push(large, false);
  EXPECT_EQ(queue.bytes(), 2 * large->size());
  EXPECT_EQ(Flat(queue.StartBatch()).size(), 10 + large->size());
  queue.FinishBatch();
  EXPECT_EQ(queue.bytes(), large->size());
}

TEST(FrameQueue, SharesTheBytesWithAllWhoSendThem) {
  const auto message = Text("to everybody");
  FrameQueue one;
  FrameQueue other;
  one.Push(message, false);
  other.Push(message, false);
  EXPECT_EQ(one.StartBatch().back().data(), message->data());
  EXPECT_EQ(other.StartBatch().back().data(), message->data());
}

TEST(FrameQueue, ForgetsWhatWaitsButNotWhatIsBeingSent) {
  FrameQueue queue;
  queue.Push(Text("one"), false);
  queue.StartBatch();
  queue.Push(Text("two"), false);
  queue.Clear();
  EXPECT_EQ(queue.messages(), 1U);
  EXPECT_EQ(queue.bytes(), 3U);
  queue.FinishBatch();
  EXPECT_EQ(queue.messages(), 0U);
  EXPECT_FALSE(queue.has_waiting());
}

}  // namespace
}  // namespace kcs::http
