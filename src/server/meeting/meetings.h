#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/entropy.h"
#include "server/meeting/meeting.h"

namespace kcs::meeting {

// The meetings that somebody is in, by name and by router.
class Meetings {
 public:
  // `entropy` must outlive this.
  Meetings(Limits limits, std::size_t max_meetings, Entropy& entropy)
      : limits_(limits), max_meetings_(max_meetings), entropy_(entropy) {}

  Meeting* Find(const std::string& id);
  Meeting* OfRouter(MediaId router);
  // Makes it when nobody is in it yet. Null when there are too many.
  Meeting* Open(const MeetingRecord& record);
  // After every change: remembers the router, and forgets the meeting when it is idle (the reference is then
  // gone).
  void Settle(Meeting& meeting);

  std::size_t size() const { return meetings_.size(); }
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (const auto& [id, entry] : meetings_) visit(*entry.meeting);
  }

 private:
  struct Entry {
    std::unique_ptr<Meeting> meeting;
    std::optional<MediaId> router;
  };

  Limits limits_;
  std::size_t max_meetings_;
  Entropy& entropy_;
  RouterIdSource ids_;
  std::unordered_map<std::string, Entry> meetings_;
  std::unordered_map<MediaId, Meeting*> by_router_;
};

}  // namespace kcs::meeting
