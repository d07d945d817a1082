#pragma once

#include "base/counters.h"
#include "server/http/server_event.h"
#include "server/metrics/page.h"
#include "server/socketio/engine_event.h"
#include "server/socketio/server_event.h"

// What the server's own layers count, refusals and drops among it, as metrics.
namespace kcs::app {

void AddServerEvents(const EnumCounters<http::ServerEvent>& events, metrics::Page& page);
void AddServerEvents(const EnumCounters<socketio::ServerEvent>& events, metrics::Page& page);
void AddSessionEvents(const EnumCounters<socketio::EngineEvent>& events,
                      const EnumCounters<socketio::EngineCloseReason>& closed, metrics::Page& page);

}  // namespace kcs::app
