#include "server/http/cors.h"

#include <algorithm>
#include <utility>

namespace kcs::http {

CorsPolicy::CorsPolicy(std::vector<std::string> origins) : origins_(std::move(origins)) {
  any_ = std::find(origins_.begin(), origins_.end(), "*") != origins_.end();
}

bool CorsPolicy::Allows(std::string_view origin) const {
  if (origin.empty()) return false;
  return any_ || std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
}

std::optional<Response> CorsPolicy::Preflight(const Request& request) const {
  // Fetch standard, "CORS-preflight request": OPTIONS with Origin and Access-Control-Request-Method.
  if (!enabled() || request.method != "OPTIONS" || !request.headers.Has("Origin") ||
      !request.headers.Has("Access-Control-Request-Method")) {
    return std::nullopt;
  }
  Response response;
  response.status = 204;
  if (!Allows(request.headers.Get("Origin"))) return response;
  response.headers.Add("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
  const std::string_view wanted = request.headers.Get("Access-Control-Request-Headers");
  if (!wanted.empty()) response.headers.Add("Access-Control-Allow-Headers", wanted);
  response.headers.Add("Access-Control-Max-Age", "600");
  return response;
}

void CorsPolicy::Apply(std::string_view origin, Headers& response) const {
  if (!enabled()) return;
  if (any_) {
    // Fetch standard: a wildcard never goes with credentials. We use no cookies, so nobody misses them.
    if (!origin.empty()) response.Set("Access-Control-Allow-Origin", "*");
    return;
  }
  // The answer depends on who asks, also when the asker is refused: caches must know.
  response.Add("Vary", "Origin");
  if (!Allows(origin)) return;
  response.Set("Access-Control-Allow-Origin", origin);
  response.Set("Access-Control-Allow-Credentials", "true");
}

}  // namespace kcs::http
