#include "server/rest/api.h"

#include <array>
#include <boost/json.hpp>
#include <utility>

#include "server/rest/answer.h"
#include "server/rest/body.h"

namespace kcs::rest {
namespace {

constexpr std::size_t kMaxBuckets = 10'000;
constexpr std::int64_t kGuestTokenSeconds = 12 * 3600;

// A page of another site cannot reach us under a name of its own that points at 127.0.0.1.
bool IsLoopbackHost(std::string_view host) {
  if (host.starts_with("[")) return host.starts_with("[::1]");
  const std::string_view name = host.substr(0, host.find(':'));
  return name == "localhost" || name.starts_with("127.");
}

}  // namespace

Api::Api(Environment environment, Settings settings, StaticFiles files)
    : env_(std::move(environment)), settings_(std::move(settings)), files_(std::move(files)) {}

void Api::Register(http::Router& router) {
  router.Add("POST", "/api/meetings", Authenticated(&Api::CreateMeeting));
  router.Add("GET", "/api/meetings", Authenticated(&Api::ListMeetings));
  // Before ":id", which would take "health" for one.
  router.Add("GET", "/api/meetings/health/webrtc", Authenticated(&Api::GetMediaHealth));
  router.Add("GET", "/api/health/webrtc", Authenticated(&Api::GetMediaHealth));
  router.Add("GET", "/api/meetings/:id", Authenticated(&Api::GetMeeting));
  router.Add("PATCH", "/api/meetings/:id", Authenticated(&Api::PatchMeeting));
  router.Add("DELETE", "/api/meetings/:id", Authenticated(&Api::DeleteMeeting));
  router.Add("GET", "/api/meetings/:id/webrtc-config", Authenticated(&Api::GetWebRtcConfig));
  router.Add("GET", "/api/meetings/:id/live-stats", Authenticated(&Api::GetLiveStats));
  router.Add("GET", "/api/meetings/:id/stats", Authenticated(&Api::GetStats));
  router.Add("GET", "/api/health",
             [](const http::Request&, const std::shared_ptr<http::Responder>& responder) {
               responder->Send(Success(200, {{"status", "ok"}}));
             });
  router.Add("GET", "/metrics",
             [this](const http::Request& request, const std::shared_ptr<http::Responder>& r) {
               GetMetrics(request, *r);
             });
  router.Add("POST", "/api/guest-token",
             [this](http::Request request, const std::shared_ptr<http::Responder>& responder) {
               GetGuestToken(std::move(request), responder);
             });
  router.Fallback([this](const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
    const bool api = request.path == "/api" || request.path.starts_with("/api/");
    responder->Send(api ? Failure(404, "not-found", "there is no such endpoint") : files_.Serve(request));
  });
}

http::Handler Api::Authenticated(Endpoint endpoint) {
  return [this, endpoint](http::Request request, std::shared_ptr<http::Responder> responder) {
    if (!Allowed(request, *responder)) return;
    auto claims = env_.verifier.Verify(request.BearerToken(), env_.runtime.UnixMillis() / 1000);
    if (!claims) {
      http::Response response = Failure(401, "unauthorized", claims.error().message);
      response.headers.Set("WWW-Authenticate", "Bearer");
      responder->Send(std::move(response));
      return;
    }
    auto call = std::make_shared<Call>(Call{std::move(request), std::move(responder), *std::move(claims)});
    (this->*endpoint)(std::move(call));
  };
}

bool Api::Allowed(const http::Request& request, http::Responder& responder) {
  const Timestamp now = env_.runtime.Now();
  if (buckets_.size() >= kMaxBuckets) buckets_.clear();
  const auto [bucket, added] = buckets_.try_emplace(
      request.remote.IpText(), TokenBucket(settings_.requests_per_second, settings_.burst, now));
  if (bucket->second.Take(now)) return true;
  responder.Send(Failure(429, "rate-limited", "too many requests, slow down"));
  return false;
}

void Api::Call::Refuse(const meeting::Error& error) const { responder->Send(Failure(error)); }

void Api::GetGuestToken(http::Request request, const std::shared_ptr<http::Responder>& responder) {
  if (!Allowed(request, *responder)) return;
  if (settings_.guest_secret.empty()) {
    responder->Send(Failure(404, "not-found", "this server takes no guests"));
    return;
  }
  if (!request.remote.is_loopback() || !IsLoopbackHost(request.headers.Get("Host"))) {
    responder->Send(Failure(403, "forbidden", "guests come from this machine only"));
    return;
  }
  const auto name = ParseGuestBody(request.body);
  if (!name) {
    responder->Send(Failure(name.error()));
    return;
  }
  const std::int64_t now = env_.runtime.UnixMillis() / 1000;
  const auth::Claims claims{"guest-" + env_.entropy.Uuid(), *name, auth::Role::kUser,
                            now + kGuestTokenSeconds};
  const auto token = auth::IssueToken(claims, settings_.guest_secret, now);
  if (!token) {
    responder->Send(Failure(500, "internal", token.error()));
    return;
  }
  http::Response response = Success(200, {{"token", *token}, {"participantId", claims.user_id}});
  response.headers.Set("Cache-Control", "no-store");
  responder->Send(std::move(response));
}

void Api::GetMetrics(const http::Request& request, http::Responder& responder) {
  if (!settings_.metrics_public && !request.remote.is_loopback()) {
    responder.Send(Failure(403, "forbidden", "metrics are for this machine only"));
    return;
  }
  http::Response response = http::Response::Text(200, env_.metrics());
  response.headers.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  responder.Send(std::move(response));
}

}  // namespace kcs::rest
