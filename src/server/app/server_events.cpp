#include "server/app/server_events.h"

#include <cstddef>
#include <string>

namespace kcs::app {
namespace {

// Each value, those too that have not happened yet: a rate needs a beginning.
template <typename Enum>
void AddEach(const EnumCounters<Enum>& counters, const char* name, const char* help, const char* label,
             metrics::Page& page) {
  for (std::size_t i = 0; i < EnumCounters<Enum>::kSize; ++i) {
    const auto which = static_cast<Enum>(i);
    page.Counter(name, help, static_cast<double>(counters[which]), {{label, std::string(ToString(which))}});
  }
}

}  // namespace

void AddServerEvents(const EnumCounters<http::ServerEvent>& events, metrics::Page& page) {
  AddEach(events, "kcs_http_events_total", "What happened to connections, HTTP requests and WebSockets",
          "event", page);
}

void AddServerEvents(const EnumCounters<socketio::ServerEvent>& events, metrics::Page& page) {
  AddEach(events, "kcs_socketio_events_total", "What happened to Socket.IO clients and their packets",
          "event", page);
}

void AddSessionEvents(const EnumCounters<socketio::EngineEvent>& events,
                      const EnumCounters<socketio::EngineCloseReason>& closed, metrics::Page& page) {
  AddEach(events, "kcs_engine_events_total", "What happened to Engine.IO sessions", "event", page);
  AddEach(closed, "kcs_engine_closes_total", "Engine.IO sessions that ended", "reason", page);
}

}  // namespace kcs::app
