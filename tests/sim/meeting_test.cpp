#include <gtest/gtest.h>

#include <map>

#include "simulation.h"

namespace kcs::sim {
namespace {

SourceOptions Camera(std::uint32_t participant) {
  return {.kind = wire::MediaKind::kVideo,
          .ssrc = 10'000 * participant + 1,
          .rtx_ssrc = 10'000 * participant + 2};
}

SourceOptions Microphone(std::uint32_t participant) {
  return {.kind = wire::MediaKind::kAudio, .ssrc = 10'000 * participant + 3, .payload_type = 111};
}

// Everybody sends and receives everything.
void FillMeeting(Simulation& simulation, int participants, Link link) {
  for (int i = 0; i < participants; ++i) {
    Participant& p = simulation.Join(link);
    p.Publish(Camera(p.number()));
    p.Publish(Microphone(p.number()));
  }
  for (const auto& receiver : simulation.participants()) {
    for (const auto& sender : simulation.participants()) {
      if (sender == receiver) continue;
      receiver->Consume(*sender, 0);
      receiver->Consume(*sender, 1);
    }
  }
}

std::uint64_t VideoFramesSent(const Simulation& simulation) {
  return simulation.participants().front()->sources().front()->frames();
}

TEST(Meeting, OfTwoShowsPictureAndSoundBothWays) {
  Simulation simulation(1);
  FillMeeting(simulation, 2, {});
  simulation.RunFor(5s);
  for (const auto& p : simulation.participants()) {
    ASSERT_TRUE(p->connected());
    EXPECT_EQ(p->undecryptable(), 0U);
    for (const auto& sink : p->sinks()) {
      EXPECT_EQ(sink->duplicates(), 0U);
      EXPECT_FALSE(sink->timestamps_went_back());
      const std::uint64_t sent = sink->kind() == wire::MediaKind::kVideo ? 30 : 50;
      EXPECT_GT(sink->frames_shown(), sent * 4);
      EXPECT_LT(sink->longest_freeze(), 100ms);
    }
  }
}

TEST(Meeting, KeepsPictureAndSoundWhenFivePercentIsLostEachWay) {
  Simulation simulation(2);
  FillMeeting(simulation, 3, {.delay = 20ms, .jitter = 5ms, .loss = 0.05});
  simulation.RunFor(2s);  // handshakes and the first key frames
  const std::uint64_t sent_before = VideoFramesSent(simulation);
  std::map<const MediaSink*, std::uint64_t> shown_before;
  for (const auto& p : simulation.participants()) {
    ASSERT_TRUE(p->connected());
    for (const auto& sink : p->sinks()) shown_before[sink.get()] = sink->frames_shown();
  }
  simulation.RunFor(20s);
  const auto sent = static_cast<double>(VideoFramesSent(simulation) - sent_before);
  for (const auto& [sink, before] : shown_before) {
    if (sink->kind() == wire::MediaKind::kVideo) {
      EXPECT_GE(static_cast<double>(sink->frames_shown() - before), 0.95 * sent);
    } else {
      EXPECT_LE(sink->longest_freeze(), 200ms);
    }
  }
}

TEST(Meeting, OfTenForAMinuteLosesNobody) {
  Simulation simulation(3);
  FillMeeting(simulation, 10, {.delay = 15ms, .jitter = 10ms, .loss = 0.01});
  simulation.RunFor(60s);
  for (const auto& p : simulation.participants()) {
    for (const auto& sink : p->sinks()) {
      const std::uint64_t per_second = sink->kind() == wire::MediaKind::kVideo ? 30 : 50;
      EXPECT_GT(sink->frames_shown(), per_second * 55) << "participant " << p->number();
    }
  }
}

std::uint64_t DigestOf(std::uint64_t seed) {
  Simulation simulation(seed);
  FillMeeting(simulation, 3, {.delay = 15ms, .jitter = 10ms, .loss = 0.03});
  simulation.RunFor(5s);
  return simulation.digest();
}

TEST(Simulation, IsTheSameForOneSeedAndAnotherForAnother) {
  EXPECT_EQ(DigestOf(7), DigestOf(7));
  EXPECT_NE(DigestOf(7), DigestOf(8));
}

TEST(Consumer, StopsOnPauseAndShowsAPictureSoonAfterResume) {
  Simulation simulation(4);
  FillMeeting(simulation, 2, {.delay = 20ms});
  simulation.RunFor(3s);
  Participant& receiver = *simulation.participants()[0];
  MediaSink& video = *receiver.sinks()[0];
  receiver.Pause(video);
  simulation.RunFor(500ms);
  const auto packets = video.packets();
  simulation.RunFor(2s);
  EXPECT_EQ(video.packets(), packets) << "nothing comes 500 ms after a pause";

  const auto shown = video.frames_shown();
  receiver.Resume(video);
  simulation.RunFor(1s);
  EXPECT_GT(video.frames_shown(), shown + 20) << "a key frame was asked for at once";
  EXPECT_FALSE(video.timestamps_went_back());
}

TEST(Consumer, OfALateJoinerBeginsWithAKeyFrameWithinASecond) {
  Simulation simulation(5);
  FillMeeting(simulation, 2, {.delay = 20ms});
  simulation.RunFor(5s);
  Participant& late = simulation.Join({.delay = 20ms});
  const Timestamp joined = simulation.now();
  MediaSink& video = late.Consume(*simulation.participants()[0], 0);
  simulation.RunFor(2s);
  ASSERT_TRUE(video.first_shown());
  EXPECT_LT(*video.first_shown() - joined, 1s);
}

TEST(KeyFrames, AreAskedForOnceWhenManyJoinAtATime) {
  Simulation simulation(6);
  Participant& sender = simulation.Join();
  sender.Publish(Camera(sender.number()));
  std::vector<Participant*> receivers;
  for (int i = 0; i < 20; ++i) receivers.push_back(&simulation.Join());
  simulation.RunFor(2s);
  const std::uint32_t before = sender.sources()[0]->key_frames();
  for (Participant* receiver : receivers) receiver->Consume(sender, 0);
  simulation.RunFor(3s);
  EXPECT_LE(sender.sources()[0]->key_frames() - before, 2U);
  for (Participant* receiver : receivers) EXPECT_GT(receiver->sinks()[0]->frames_shown(), 60U);
}

}  // namespace
}  // namespace kcs::sim
