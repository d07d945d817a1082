#include <boost/json.hpp>
#include <charconv>
#include <utility>

#include "server/auth/password.h"
#include "server/ortc/capabilities.h"
#include "server/ortc/json.h"
#include "server/rest/answer.h"
#include "server/rest/api.h"
#include "server/rest/body.h"
#include "server/turn/ice_servers_json.h"

namespace kcs::rest {
namespace {

namespace json = boost::json;
using meeting::Error;
using meeting::ErrorCode;

constexpr std::size_t kMaxPage = 500;

std::size_t Number(std::string_view text, std::size_t fallback, std::size_t max) {
  std::size_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return fallback;
  return std::min(value, max);
}

}  // namespace

void Api::CreateMeeting(CallPtr call) {
  auto body = ParseMeetingBody(call->request.body, settings_.max_participants);
  if (!body) return call->Refuse(body.error());
  if (!body->title) return call->Refuse({ErrorCode::kInvalidPayload, "meeting_title: missing"});
  meeting::MeetingRecord record;
  record.id = env_.entropy.Uuid();
  record.title = *body->title;
  record.host_id = call->claims.user_id;
  record.max_participants = body->max_participants.value_or(0);
  record.lobby = body->lobby.value_or(false);
  record.created_at = meeting::UnixMillis{env_.runtime.UnixMillis()};
  const auto create = [this, call](meeting::MeetingRecord made) {
    env_.catalog.Create(std::move(made), [this, call](Result<meeting::MeetingRecord, Error> created) {
      if (!created) return call->Refuse(created.error());
      call->responder->Send(Success(201, {{"meeting", Describe(*call, *created)}}));
    });
  };
  const auto password = body->password.value_or(std::nullopt);
  if (!password) return create(std::move(record));
  WithHash(call, *password, [create, record = std::move(record)](std::string hash) mutable {
    record.password_hash = std::move(hash);
    create(std::move(record));
  });
}

void Api::WithHash(CallPtr call, std::string password, std::function<void(std::string)> then) {
  const auto hash = std::make_shared<Result<std::string>>(std::string());
  const bool accepted =
      env_.runtime.Blocking([hash, password = std::move(password)] { *hash = auth::HashPassword(password); },
                            [call, hash, then = std::move(then)] {
                              if (!*hash) return call->Refuse({ErrorCode::kUnavailable, hash->error()});
                              then(**hash);
                            });
  if (!accepted) call->Refuse({ErrorCode::kUnavailable, "the server is too busy"});
}

void Api::ListMeetings(CallPtr call) {
  const std::size_t limit = Number(call->request.query.Get("limit"), 100, kMaxPage);
  const std::size_t offset = Number(call->request.query.Get("offset"), 0, SIZE_MAX / 2);
  const auto host = call->admin() ? std::nullopt : std::optional(call->claims.user_id);
  env_.catalog.List(host, limit, offset, [this, call](Result<meeting::MeetingPage, Error> page) {
    if (!page) return call->Refuse(page.error());
    json::array list;
    for (const meeting::MeetingRecord& record : page->meetings) {
      json::object item = Describe(*call, record);
      item.erase("webrtc_config");
      list.push_back(std::move(item));
    }
    call->responder->Send(Success(200, {{"meetings", std::move(list)}, {"total", page->total}}));
  });
}

void Api::GetMeeting(CallPtr call) {
  env_.catalog.Find(std::string(call->id()), [this, call](Result<meeting::MeetingRecord, Error> record) {
    if (!record) return call->Refuse(record.error());
    call->responder->Send(Success(200, {{"meeting", Describe(*call, *record)}}));
  });
}

void Api::GetWebRtcConfig(CallPtr call) {
  env_.catalog.Find(std::string(call->id()), [this,
                                              call](const Result<meeting::MeetingRecord, Error>& record) {
    if (!record) return call->Refuse(record.error());
    call->responder->Send(Success(200, {{"iceServers", turn::ToJson(env_.ice_servers(call->claims.user_id))},
                                        {"rtcpMuxPolicy", "require"},
                                        {"bundlePolicy", "max-bundle"}}));
  });
}

void Api::WithOwnMeeting(CallPtr call, std::function<void(const meeting::MeetingRecord&)> then) {
  env_.catalog.Find(std::string(call->id()),
                    [call, then = std::move(then)](const Result<meeting::MeetingRecord, Error>& record) {
                      if (!record) return call->Refuse(record.error());
                      if (record->host_id != call->claims.user_id && !call->admin()) {
                        return call->Refuse({ErrorCode::kForbidden, "only its host or an admin may do that"});
                      }
                      then(*record);
                    });
}

void Api::PatchMeeting(CallPtr call) {
  const auto body = ParseMeetingBody(call->request.body, settings_.max_participants);
  if (!body) return call->Refuse(body.error());
  WithOwnMeeting(call, [this, call, body = *body](const meeting::MeetingRecord& record) {
    const auto update = [this, call, id = record.id](meeting::MeetingChange change) {
      env_.catalog.Update(id, std::move(change), [this, call](Result<meeting::MeetingRecord, Error> changed) {
        if (!changed) return call->Refuse(changed.error());
        if (meeting::Meeting* const live = env_.meetings.Find(changed->id)) live->SetRecord(*changed);
        call->responder->Send(Success(200, {{"meeting", Describe(*call, *changed)}}));
      });
    };
    meeting::MeetingChange change{body.title, std::nullopt, body.max_participants, body.lobby};
    if (!body.password) return update(std::move(change));
    if (!*body.password) {
      change.password_hash = std::optional<std::string>();
      return update(std::move(change));
    }
    WithHash(call, **body.password, [update, change = std::move(change)](std::string hash) mutable {
      change.password_hash = std::optional(std::move(hash));
      update(std::move(change));
    });
  });
}

void Api::DeleteMeeting(CallPtr call) {
  WithOwnMeeting(call, [this, call](const meeting::MeetingRecord& record) {
    env_.catalog.Remove(record.id, [this, call, id = record.id](const Result<void, Error>& removed) {
      if (!removed) return call->Refuse(removed.error());
      env_.rooms.EndMeeting(id, "deleted");
      call->responder->Send(Success(200, {{"id", id}}));
    });
  });
}

json::object Api::Describe(const Call& call, const meeting::MeetingRecord& record) const {
  const meeting::Meeting* const live = env_.meetings.Find(record.id);
  return {{"id", record.id},
          {"meeting_title", record.title},
          {"host_id", record.host_id},
          {"has_password", record.password_hash.has_value()},
          {"max_participants",
           record.max_participants == 0 ? settings_.max_participants : record.max_participants},
          {"lobby", record.lobby},
          {"created_at", Iso8601(record.created_at.value())},
          {"participants", live == nullptr ? 0 : live->census().participants},
          {"webrtc_config", json::object{{"ice_servers", turn::ToJson(env_.ice_servers(call.claims.user_id))},
                                         {"rtpCapabilities", ortc::ToJson(ortc::RouterRtpCapabilities())}}}};
}

}  // namespace kcs::rest
