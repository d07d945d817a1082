#include "load/video_source.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/wire/vp8.h"

namespace kcs::load {
namespace {

constexpr Timestamp kStart{Duration(1'000'000'000)};

struct Sent {
  Timestamp at;
  Payload payload;
  std::vector<std::uint8_t> bytes;
};

// A camera in virtual time, asked every millisecond.
class VideoSourceTest : public ::testing::Test {
 protected:
  explicit VideoSourceTest(std::uint32_t slower = 1)
      : source_({.bitrate = 1'500'000, .width = 1280, .height = 720}, entropy_, kStart, slower) {}

  std::vector<Sent> Run(Duration time) {
    std::vector<Sent> sent;
    for (const Timestamp end = now_ + time; now_ < end; now_ += 1ms) {
      Payload payload;
      while (source_.Next(now_, payload)) {
        std::vector<std::uint8_t> bytes(payload.size);
        WritePayload(payload, now_, bytes);
        sent.push_back({now_, payload, std::move(bytes)});
      }
    }
    return sent;
  }
  static int KeyFrames(const std::vector<Sent>& sent) {
    int count = 0;
    for (const Sent& packet : sent)
      count += ReadPayload(wire::MediaKind::kVideo, packet.bytes).key_frame ? 1 : 0;
    return count;
  }

  SeededEntropy entropy_{1};
  VideoSource source_;
  Timestamp now_ = kStart;
};

TEST_F(VideoSourceTest, HasItsBitrateAndThirtyPicturesASecond) {
  std::size_t bytes = 0;
  for (const Sent& packet : Run(30s)) bytes += packet.payload.size;
  EXPECT_NEAR(static_cast<double>(bytes) * 8 / 30, 1.5e6, 0.03 * 1.5e6);
  EXPECT_NEAR(source_.frames(), 900, 1);
}

TEST_F(VideoSourceTest, CutsEachPictureIntoEqualPacketsAsRtpHasThem) {
  const std::vector<Sent> sent = Run(3s);
  std::optional<std::uint16_t> last_id;
  std::size_t first = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const auto descriptor = wire::Vp8Descriptor::Parse(sent[i].bytes);
    ASSERT_TRUE(descriptor);
    EXPECT_EQ(descriptor->start_of_frame(), i == first);
    EXPECT_EQ(sent[i].payload.size, sent[first].payload.size);
    EXPECT_EQ(sent[i].payload.timestamp, sent[first].payload.timestamp);
    EXPECT_LE(sent[i].payload.size, VideoSource::kMaxPayload);
    EXPECT_TRUE(descriptor->tl0_picture_index);
    if (i == first && last_id) {
      EXPECT_EQ(descriptor->picture_id, (*last_id + 1) & 0x7fff);
    }
    last_id = descriptor->picture_id;
    if (sent[i].payload.marker) first = i + 1;
  }
  EXPECT_GE(first, sent.size() - 20);  // the last one may be under way
}

TEST_F(VideoSourceTest, LetsUsualPicturesGoAtOnce) {
  Run(1s);  // the key frame, and what makes up for it
  const std::vector<Sent> sent = Run(8s);
  std::size_t together = 0;
  for (std::size_t i = 1; i < sent.size(); ++i) {
    if (sent[i].payload.timestamp != sent[i - 1].payload.timestamp) continue;
    EXPECT_EQ(sent[i].at, sent[i - 1].at);
    ++together;
  }
  EXPECT_GT(together, sent.size() / 2);
}

TEST_F(VideoSourceTest, LetsNoMoreGoAtOnceThanABurst) {
  const std::vector<Sent> sent = Run(10s);
  constexpr double kRate = VideoSource::kPacing * 1.5e6 / 8;  // bytes a second
  const double burst = kRate * ToSeconds(VideoSource::kBurst);
  double level = 0;  // of a bucket that empties at the pacer's rate
  double highest = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (i > 0) level = std::max(0.0, level - kRate * ToSeconds(sent[i].at - sent[i - 1].at));
    level += sent[i].payload.size;
    highest = std::max(highest, level);
  }
  // Asked every millisecond, what is due in between comes together.
  EXPECT_LE(highest, burst + VideoSource::kMaxPayload + kRate * 0.001);
  EXPECT_GE(highest, burst);  // by the key frame
}

TEST_F(VideoSourceTest, BeginsWithAKeyFrameOfTheSizeOfThePicture) {
  const std::vector<Sent> sent = Run(100ms);
  ASSERT_FALSE(sent.empty());
  const auto descriptor = wire::Vp8Descriptor::Parse(sent.front().bytes);
  ASSERT_TRUE(descriptor);
  EXPECT_TRUE(descriptor->key_frame);
  EXPECT_EQ(descriptor->width, 1280);
  EXPECT_EQ(descriptor->height, 720);
  EXPECT_EQ(KeyFrames(sent), 1);
}

TEST_F(VideoSourceTest, MakesKeyFramesNowAndThenAndWhenAsked) {
  EXPECT_EQ(KeyFrames(Run(35s)), 4);
  source_.RequestKeyFrame();
  EXPECT_EQ(KeyFrames(Run(40ms)), 1);
  // Not a second one at once, but then.
  source_.RequestKeyFrame();
  EXPECT_EQ(KeyFrames(Run(200ms)), 0);
  EXPECT_EQ(KeyFrames(Run(150ms)), 1);
}

TEST_F(VideoSourceTest, IsSilentWhileMutedAndGoesOnWithAKeyFrame) {
  Run(1s);
  source_.set_muted(true);
  Run(100ms);  // what is in the pacer goes
  EXPECT_TRUE(Run(1s).empty());
  source_.set_muted(false);
  const std::vector<Sent> sent = Run(100ms);
  ASSERT_FALSE(sent.empty());
  EXPECT_TRUE(ReadPayload(wire::MediaKind::kVideo, sent.front().bytes).key_frame);
}

TEST_F(VideoSourceTest, DoesNotMakeUpForATimeWhenNobodyAsked) {
  Run(1s);
  now_ += 10s;
  EXPECT_LT(Run(34ms).size(), 80U);  // a second has 156
}

TEST_F(VideoSourceTest, SaysWhenItIsDue) {
  Payload payload;
  Timestamp last = kStart;
  for (int i = 0; i < 1000; ++i) {
    const Timestamp due = source_.NextDeadline();
    ASSERT_GE(due, last);
    ASSERT_LE(due - last, VideoSource::kFrameInterval);
    source_.Next(due, payload);
    last = due;
  }
}

class SlowerVideoSourceTest : public VideoSourceTest {
 protected:
  SlowerVideoSourceTest() : VideoSourceTest(5) {}
};

TEST_F(SlowerVideoSourceTest, SendsPicturesAsSeldomThatAreAsLargeAndLeaveAtOnce) {
  Run(1s);  // the key frame, and what makes up for it
  const std::vector<Sent> sent = Run(40s);
  std::size_t bytes = 0;
  std::size_t pictures = 0;
  for (const Sent& packet : sent) {
    bytes += packet.payload.size;
    pictures += packet.payload.marker ? 1 : 0;
    EXPECT_LE(packet.payload.size, VideoSource::kMaxPayload);
    EXPECT_GT(packet.payload.size, VideoSource::kMaxPayload / 2);
  }
  EXPECT_NEAR(static_cast<double>(pictures), 30 * 40 / 5, 1);
  EXPECT_NEAR(static_cast<double>(bytes) * 8 / 40, 1.5e6 / 5, 0.03 * 1.5e6 / 5);
  std::size_t together = 0;
  for (std::size_t i = 1; i < sent.size(); ++i) together += sent[i].at == sent[i - 1].at ? 1 : 0;
  EXPECT_GT(together, sent.size() / 2);
}

TEST_F(SlowerVideoSourceTest, HasTheSameShareOfKeyFramesAndMakesOneWhenAsked) {
  EXPECT_EQ(KeyFrames(Run(120s)), 3);
  source_.RequestKeyFrame();
  EXPECT_EQ(KeyFrames(Run(170ms)), 1);
}

}  // namespace
}  // namespace kcs::load
