#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "server/rest/answer.h"
#include "server/rest/api.h"
#include "server/stats/live_stats.h"

namespace kcs::rest {

namespace json = boost::json;
using meeting::Error;
using meeting::ErrorCode;

void Api::GetLiveStats(CallPtr call) { WithStats(std::move(call), false); }
void Api::GetStats(CallPtr call) { WithStats(std::move(call), true); }

void Api::WithStats(CallPtr call, bool detailed) {
  const auto answer = [this, call, detailed](const meeting::RouterStats& counted) {
    // Looked up again: the meeting may have ended while the worker was asked.
    const meeting::Meeting* const live = env_.meetings.Find(std::string(call->id()));
    const meeting::Census census = live == nullptr ? meeting::Census{} : live->census();
    const auto participants = live == nullptr ? std::vector<meeting::MediaOf>{} : live->MediaByParticipant();
    json::object data = stats::LiveStats(census, participants, counted);
    if (detailed) {
      // `participants` is the number in live-stats; the list gets a name of its own.
      data["participantStats"] = stats::ParticipantStats(participants, counted);
    }
    call->responder->Send(Success(200, std::move(data)));
  };
  env_.catalog.Find(
      std::string(call->id()), [this, call, answer](const Result<meeting::MeetingRecord, Error>& r) {
        if (!r) return call->Refuse(r.error());
        const meeting::Meeting* const live = env_.meetings.Find(r->id);
        if (live == nullptr || !live->router()) return answer({});
        env_.media.GetRouterStats({*live->router()},
                                  [call, answer](const Result<meeting::RouterStats, Error>& stats) {
                                    // A worker that is just being replaced carries nothing.
                                    answer(stats ? *stats : meeting::RouterStats{});
                                  });
      });
}

void Api::GetMediaHealth(CallPtr call) {
  if (!call->admin()) return call->Refuse({ErrorCode::kForbidden, "for admins only"});
  const std::vector<meeting::WorkerStatus> workers = env_.media.Workers();
  const auto up = std::count_if(workers.begin(), workers.end(), [](const auto& worker) { return worker.up; });
  std::size_t rooms = 0;
  std::size_t participants = 0;
  env_.meetings.ForEach([&](const meeting::Meeting& meeting) {
    const std::size_t joined = meeting.census().participants;
    participants += joined;
    if (joined > 0) ++rooms;
  });
  json::array pids;
  for (const meeting::WorkerStatus& worker : workers) pids.push_back(worker.pid);
  const bool available = up > 0;
  json::object body{
      {"success", available},
      {"message", available ? "WebRTC service healthy" : "WebRTC service unavailable"},
      {"data", json::object{{"service", "MediaSoup WebRTC"},
                            {"available", available},
                            {"workers", up},
                            {"activeRooms", rooms},
                            {"details", json::object{{"mode", available ? "Full WebRTC" : "Unavailable"},
                                                     {"workers", up},
                                                     {"activeRooms", rooms},
                                                     {"totalParticipants", participants},
                                                     {"nodes", 1},
                                                     {"workerPids", std::move(pids)}}}}}};
  if (!available) body["error"] = json::object{{"code", "unavailable"}};
  call->responder->Send(http::Response::Json(available ? 200 : 503, json::serialize(body)));
}

}  // namespace kcs::rest
