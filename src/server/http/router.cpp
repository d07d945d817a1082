#include "server/http/router.h"

#include <algorithm>
#include <utility>

namespace kcs::http {
namespace {

// "/a/b/" -> {"a", "b", ""}: a trailing slash is a part of its own.
std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> parts;
  if (path.starts_with('/')) path.remove_prefix(1);
  for (;;) {
    const std::size_t slash = path.find('/');
    parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

bool IsParameter(const std::string& part) { return part.size() > 1 && part[0] == ':'; }

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                    [](const std::string& want, const std::string& have) {
                      return IsParameter(want) ? !have.empty() : want == have;
                    });
}

}  // namespace

void Router::Add(std::string_view method, std::string_view pattern, Handler handler) {
  routes_.push_back({std::string(method), Split(pattern), std::move(handler)});
}

void Router::Mount(std::string_view prefix, Handler handler, Upgrader upgrader) {
  mounts_.push_back({std::string(prefix), std::move(handler), std::move(upgrader)});
  std::stable_sort(mounts_.begin(), mounts_.end(), [](const MountPoint& a, const MountPoint& b) {
    return a.prefix.size() > b.prefix.size();
  });
}

void Router::Fallback(Handler handler) { fallback_ = std::move(handler); }

const Router::MountPoint* Router::FindMount(std::string_view path) const {
  const auto it = std::find_if(mounts_.begin(), mounts_.end(),
                               [&](const MountPoint& mount) { return path.starts_with(mount.prefix); });
  return it == mounts_.end() ? nullptr : &*it;
}

bool Router::IsMounted(std::string_view path) const { return FindMount(path) != nullptr; }

const Upgrader* Router::FindUpgrader(std::string_view path) const {
  const MountPoint* mount = FindMount(path);
  return mount != nullptr && mount->upgrader ? &mount->upgrader : nullptr;
}

void Router::Dispatch(Request request, std::shared_ptr<Responder> responder) const {
  if (const MountPoint* mount = FindMount(request.path)) {
    mount->handler(std::move(request), std::move(responder));
    return;
  }
  const std::vector<std::string> parts = Split(request.path);
  std::string allowed;
  for (const Route& route : routes_) {
    if (!Matches(route.parts, parts)) continue;
    if (route.method != request.method && !(route.method == "GET" && request.method == "HEAD")) {
      if (allowed.find(route.method) == std::string::npos) {
        allowed += (allowed.empty() ? "" : ", ") + route.method;
      }
      continue;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (IsParameter(route.parts[i])) request.route.Add(route.parts[i].substr(1), parts[i]);
    }
    route.handler(std::move(request), std::move(responder));
    return;
  }
  if (!allowed.empty()) {
    // RFC 9110 15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
    Response response = Response::Error(405);
    response.headers.Add("Allow", allowed);
    responder->Send(std::move(response));
    return;
  }
  if (fallback_ && (request.method == "GET" || request.method == "HEAD")) {
    fallback_(std::move(request), std::move(responder));
    return;
  }
  responder->Send(Response::Error(404));
}

}  // namespace kcs::http
