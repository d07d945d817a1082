#include "server/meeting/meetings.h"

namespace kcs::meeting {

Meeting* Meetings::Find(const std::string& id) {
  const auto found = meetings_.find(id);
  return found == meetings_.end() ? nullptr : found->second.meeting.get();
}

Meeting* Meetings::OfRouter(MediaId router) {
  const auto found = by_router_.find(router);
  return found == by_router_.end() ? nullptr : found->second;
}

Meeting* Meetings::Open(const MeetingRecord& record) {
  if (Meeting* const meeting = Find(record.id)) {
    meeting->SetRecord(record);
    return meeting;
  }
  if (meetings_.size() >= max_meetings_) return nullptr;
  auto meeting = std::make_unique<Meeting>(record, limits_, ids_, entropy_);
  Meeting* const opened = meeting.get();
  meetings_.emplace(record.id, Entry{std::move(meeting), std::nullopt});
  return opened;
}

void Meetings::Settle(Meeting& meeting) {
  const auto found = meetings_.find(meeting.record().id);
  if (found == meetings_.end()) return;
  Entry& entry = found->second;
  if (entry.router != meeting.router()) {
    if (entry.router) by_router_.erase(*entry.router);
    entry.router = meeting.router();
    if (entry.router) by_router_.emplace(*entry.router, &meeting);
  }
  if (!meeting.idle()) return;
  if (entry.router) by_router_.erase(*entry.router);
  meetings_.erase(found);
}

}  // namespace kcs::meeting
