#include "engine/media/speaker_detector.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace kcs::media {
namespace {

constexpr double kLeastScore = 1e-10;

// The logarithm of how much likelier it is that `value` of `Most` units are active with speech (a binomial
// distribution: each is with probability 1/2) than with noise alone (an exponential one).
template <int Most>
std::array<double, Most + 1> Scores(double lambda) {
  std::array<double, Most + 1> scores{};
  for (int value = 0; value <= Most; ++value) {
    const double ways = std::lgamma(Most + 1) - std::lgamma(value + 1) - std::lgamma(Most - value + 1);
    const double score = ways - Most * std::log(2.0) - std::log(lambda) + lambda * value;
    scores[static_cast<std::size_t>(value)] = std::max(score, kLeastScore);
  }
  return scores;
}

struct Activity {
  double immediate = kLeastScore;
  double medium = kLeastScore;
  double over_a_second = kLeastScore;
  int blocks = 0;
};

Activity Score(const SpeechActivity& speech, Timestamp now) {
  // The rates of the paper for noise.
  static const auto kImmediates = Scores<SpeechActivity::kImmediateMost>(0.78);
  static const auto kMediums = Scores<SpeechActivity::kMediumSlots>(24);
  static const auto kLongs = Scores<SpeechActivity::kLongBlocks>(47);
  const int blocks = speech.Long(now);
  return {.immediate = kImmediates[static_cast<std::size_t>(speech.Immediate(now))],
          .medium = kMediums[static_cast<std::size_t>(speech.Medium(now))],
          .over_a_second = kLongs[static_cast<std::size_t>(blocks)],
          .blocks = blocks};
}

bool TakesOver(const Activity& challenger, const Activity& dominant) {
  if (challenger.blocks >= SpeakerDetector::kTalkBlocks &&
      dominant.blocks <= SpeakerDetector::kSilentBlocks) {
    return true;
  }
  return std::log(challenger.immediate / dominant.immediate) > SpeakerDetector::kImmediate &&
         std::log(challenger.medium / dominant.medium) > SpeakerDetector::kMedium &&
         std::log(challenger.over_a_second / dominant.over_a_second) > SpeakerDetector::kLong;
}

}  // namespace

void SpeakerDetector::Add(Id id, const SpeechActivity& activity) { speakers_.push_back({id, &activity}); }

bool SpeakerDetector::Remove(Id id) {
  std::erase_if(speakers_, [id](const Speaker& speaker) { return speaker.id == id; });
  if (dominant_ != id) return false;
  dominant_.reset();
  return true;
}

bool SpeakerDetector::Update(Timestamp now) {
  deadline_ = now + kInterval;
  Activity dominant;
  for (const Speaker& speaker : speakers_) {
    if (speaker.id == dominant_) dominant = Score(*speaker.activity, now);
  }
  std::optional<Id> best;
  Activity most;
  for (const Speaker& speaker : speakers_) {
    if (speaker.id == dominant_) continue;
    const Activity activity = Score(*speaker.activity, now);
    if (activity.blocks < kLeastBlocks || !TakesOver(activity, dominant)) continue;
    const bool better = activity.medium > most.medium ||
                        (activity.medium == most.medium && activity.over_a_second > most.over_a_second);
    if (best && !better) continue;
    best = speaker.id;
    most = activity;
  }
  if (!best) return false;
  dominant_ = best;
  return true;
}

void SpeakerDetector::AppendLevels(Timestamp now, std::vector<Level>& out) const {
  for (const Speaker& speaker : speakers_) {
    const std::uint8_t level = speaker.activity->level(now);
    if (level <= kAudible) out.push_back({.id = speaker.id, .level = level});
  }
}

}  // namespace kcs::media
