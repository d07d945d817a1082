#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/entropy.h"
#include "base/token_bucket.h"
#include "server/auth/token.h"
#include "server/http/router.h"
#include "server/http/runtime.h"
#include "server/meeting/media_plane.h"
#include "server/meeting/meeting_record.h"
#include "server/meeting/meetings.h"
#include "server/meeting/room_control.h"
#include "server/rest/static_files.h"
#include "server/turn/ice_servers.h"

namespace kcs::rest {

struct Settings {
  std::uint32_t max_participants = 200;
  std::string guest_secret{};  // signs the tokens of guests; empty: there are none
  bool metrics_public = false;
  double requests_per_second = 100;  // of one address, in the long run
  double burst = 500;
};

// What the endpoints work with; everything must outlive them. All on the runtime's thread.
struct Environment {
  http::Runtime& runtime;
  Entropy& entropy;
  const auth::TokenVerifier& verifier;
  meeting::MeetingCatalog& catalog;
  meeting::Meetings& meetings;
  meeting::MediaPlane& media;
  meeting::RoomControl& rooms;
  std::function<std::vector<turn::IceServer>(const std::string& user_id)> ice_servers;
  std::function<std::string()> metrics;  // Prometheus' text format
};

// The endpoints of section 4 of the wire contract, and the web client's files.
class Api {
 public:
  Api(Environment environment, Settings settings, StaticFiles files);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // Must outlive the router's use.
  void Register(http::Router& router);

 private:
  // One request of somebody known.
  struct Call {
    http::Request request;
    std::shared_ptr<http::Responder> responder;
    auth::Claims claims;

    bool admin() const { return claims.role == auth::Role::kAdmin; }
    const std::string_view id() const { return request.route.Get("id"); }
    void Refuse(const meeting::Error& error) const;
  };
  using CallPtr = std::shared_ptr<Call>;
  using Endpoint = void (Api::*)(CallPtr);

  // With a valid token only.
  http::Handler Authenticated(Endpoint endpoint);
  bool Allowed(const http::Request& request, http::Responder& responder);

  // api_meetings.cpp
  void CreateMeeting(CallPtr call);
  void ListMeetings(CallPtr call);
  void GetMeeting(CallPtr call);
  void PatchMeeting(CallPtr call);
  void DeleteMeeting(CallPtr call);
  void GetWebRtcConfig(CallPtr call);
  void WithOwnMeeting(CallPtr call, std::function<void(const meeting::MeetingRecord&)> then);
  // Hashes the password, if there is one, on the thread pool.
  void WithHash(CallPtr call, std::string password, std::function<void(std::string)> then);
  boost::json::object Describe(const Call& call, const meeting::MeetingRecord& record) const;

  // api_stats.cpp
  void GetLiveStats(CallPtr call);
  void GetStats(CallPtr call);
  void GetMediaHealth(CallPtr call);
  void WithStats(CallPtr call, bool detailed);

  // api.cpp
  void GetGuestToken(http::Request request, const std::shared_ptr<http::Responder>& responder);
  void GetMetrics(const http::Request& request, http::Responder& responder);

  Environment env_;
  Settings settings_;
  StaticFiles files_;
  std::unordered_map<std::string, TokenBucket> buckets_;  // by address
};

}  // namespace kcs::rest
