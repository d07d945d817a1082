#pragma once

#include <string>

#include "server/http/server.h"
#include "server/meeting/meetings.h"
#include "server/signaling/hub.h"
#include "server/socketio/server.h"
#include "server/workers/pool.h"

namespace kcs::app {

// What /metrics shows, in Prometheus' text format.
std::string MetricsPage(const meeting::Meetings& meetings, const signaling::Hub& hub,
                        const workers::WorkerPool& pool, socketio::Server& sockets,
                        const http::Server& server);

}  // namespace kcs::app
