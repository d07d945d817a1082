#include <boost/json.hpp>

#include "server/signaling/event_groups.h"

namespace kcs::signaling {
namespace {

constexpr std::size_t kMaxPassword = 1024;
constexpr std::size_t kMaxReaction = 32;

}  // namespace

ParsedEvent ParseJoinMeeting(Fields& fields) {
  ParsedEvent event{fields.Text("meetingId", kMaxId), {}};
  JoinRoom join;
  // An empty field of a form means no password.
  const boost::json::value& password = fields.ValueOrNull("meeting_password");
  if (!password.is_string() || !password.get_string().empty()) {
    join.password = fields.OptionalText("meeting_password", kMaxPassword);
  }
  join.resume = fields.OptionalBool("resume").value_or(false);
  join.speaker_places = fields.OptionalBool("speakerPlaces").value_or(false);
  event.action = std::move(join);
  return event;
}

ParsedEvent ParseLeaveMeeting(Fields& fields) {
  return {fields.Text("meetingId", kMaxId), meeting::Request::Body(meeting::Leave{})};
}

ParsedEvent ParseGetRtpCapabilities(Fields& fields) {
  return {fields.Text("meetingId", kMaxId), GetRtpCapabilities{}};
}

ParsedEvent ParseGetStats(Fields& fields) {
  ParsedEvent event{fields.Text("meetingId", kMaxId), {}};
  event.action = meeting::Request::Body(meeting::GetStats{fields.OptionalText("participantId", kMaxUserId)});
  return event;
}

ParsedEvent ParseRaiseHand(Fields& fields) {
  ParsedEvent event{fields.Text("meetingId", kMaxId), {}};
  event.action = meeting::Request::Body(meeting::RaiseHand{fields.Bool("raised")});
  return event;
}

ParsedEvent ParseSendReaction(Fields& fields) {
  ParsedEvent event{fields.Text("meetingId", kMaxId), {}};
  event.action = meeting::Request::Body(meeting::React{fields.Text("reaction", kMaxReaction)});
  return event;
}

}  // namespace kcs::signaling
