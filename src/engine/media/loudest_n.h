#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "engine/media/speech_activity.h"

namespace kcs::media {

// Which few of many speakers are forwarded (AUDIO_LAST_N). There are so many places; who has one keeps it
// till somebody else needs it, so the pauses of a talk are heard as they are. Somebody who begins to speak
// gets a place with that very packet, so no word loses its beginning: a free one, or that of who has been
// silent for the hold-over; longest first. While all places are in use, who has spoken for a moment replaces
// who is in a long pause, and who is clearly louder the quietest.
class LoudestN {
 public:
  using Id = std::uint64_t;  // the caller's, e.g. of the producer

  static constexpr std::uint8_t kMost = 64;
  static constexpr Duration kHoldOver = 1500ms;
  static constexpr Duration kLongPause = 500ms;
  static constexpr int kLouderDb = 9;
  static constexpr int kTalkBlocks = 3;  // of 100 ms, in the last second

  // 1...kMost places.
  explicit LoudestN(std::uint8_t places);

  struct Verdict {
    // The place of this speaker; none: the packet is not forwarded.
    std::optional<std::uint8_t> place;
    // It has got it just now, of whom if it was taken.
    bool entered = false;
    std::optional<Id> replaced;
  };
  // For each packet of a speaker, after `activity` (which must live until Remove()) has been told of it.
  Verdict OnPacket(Id id, const SpeechActivity& activity, Timestamp now);
  // The speaker pauses or leaves.
  void Remove(Id id);

  std::size_t places() const { return places_.size(); }
  std::optional<std::uint8_t> PlaceOf(Id id) const;

 private:
  struct Place {
    const SpeechActivity* activity = nullptr;  // null: free
    Id id = 0;
  };

  // The place that the speaker may have.
  std::optional<std::size_t> Find(const SpeechActivity& activity, Timestamp now) const;
  std::optional<std::size_t> FindSilent(Duration silent_for, Timestamp now) const;
  std::optional<std::size_t> FindQuieter(const SpeechActivity& activity, Timestamp now) const;

  std::vector<Place> places_;
};

}  // namespace kcs::media
