#pragma once

#include <string>
#include <string_view>

namespace kcs::meeting {

// What others than its participants may do to a meeting that is going on.
class RoomControl {
 public:
  virtual ~RoomControl() = default;
  // Everybody is told and out. Nothing happens when nobody is in it.
  virtual void EndMeeting(const std::string& meeting_id, std::string_view reason) = 0;
};

}  // namespace kcs::meeting
