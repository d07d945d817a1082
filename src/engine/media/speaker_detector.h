#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "engine/media/speech_activity.h"

namespace kcs::media {

// Who leads the talk of a meeting, after Volfin and Cohen (2012): somebody takes over when being more active
// than the present speaker at once, over a tenth of a second and over a second. The present one stays in
// pauses and while others talk as well. One for each router.
class SpeakerDetector {
 public:
  using Id = std::uint64_t;  // the caller's, e.g. of the producer

  static constexpr Duration kInterval = 100ms;
  // By how much the logarithms of the scores must differ. The paper has 0 for the last: with levels instead
  // of spectra that lets two who talk at a time take turns.
  static constexpr double kImmediate = 3;
  static constexpr double kMedium = 2;
  static constexpr double kLong = 0.65;
  // Blocks of 100 ms with speech in the last second that it takes at least: a cough or a keystroke, up to
  // 300 ms, has three.
  static constexpr int kLeastBlocks = 4;
  // Who has talked for so many of them takes over from who was silent but for so many: clicks of a keyboard
  // keep nobody in the lead after the last word.
  static constexpr int kTalkBlocks = 5;
  static constexpr int kSilentBlocks = 2;

  // `activity` must live until Remove().
  void Add(Id id, const SpeechActivity& activity);
  // Returns true if that was the dominant speaker: there is none then.
  bool Remove(Id id);

  // Decides again, every kInterval; returns true if the dominant speaker has changed.
  bool Update(Timestamp now);
  std::optional<Id> dominant() const { return dominant_; }
  // kNever while there is nobody.
  Timestamp NextDeadline() const { return speakers_.empty() ? kNever : deadline_; }

  // Who can be heard now, for the event about audio levels; appends.
  struct Level {
    Id id = 0;
    std::uint8_t level = 127;  // -dBov, smoothed
  };
  static constexpr std::uint8_t kAudible = 60;  // -dBov
  void AppendLevels(Timestamp now, std::vector<Level>& out) const;

 private:
  struct Speaker {
    Id id = 0;
    const SpeechActivity* activity = nullptr;
  };

  std::vector<Speaker> speakers_;
  std::optional<Id> dominant_;
  Timestamp deadline_{};
};

}  // namespace kcs::media
