#pragma once

#include <optional>

#include "base/result.h"
#include "server/meeting/media_command.h"
#include "server/meeting/media_plane.h"

namespace kcs::worker {
class Error;
class Notification;
class Request;
class RouterStats;
class WorkerStats;
}  // namespace kcs::worker

// Between the server's values and proto/worker.proto. Nobody else on this side knows protobuf.
namespace kcs::workers {

void Fill(const meeting::MediaCommand& command, worker::Request& request);
meeting::Error ToError(const worker::Error& error);
// Nothing for a kind of notification that this server does not know.
std::optional<meeting::MediaNotice> ToNotice(const worker::Notification& notification);
// Adds one part of the statistics.
void Append(const worker::RouterStats& stats, meeting::RouterStats& result);
meeting::WorkerCounters ToCounters(const worker::WorkerStats& stats);

}  // namespace kcs::workers
