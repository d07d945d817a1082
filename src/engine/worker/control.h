#pragma once

#include "base/result.h"
#include "engine/sfu/worker_core.h"
#include "io/udp_socket.h"

namespace kcs::worker {
class Request;
class Response;
class Notification;
}  // namespace kcs::worker

// proto/worker.proto <-> the core's values. Protobuf types are known here and in process.cpp, nowhere else in
// the engine.
namespace kcs::worker_process {

// Every request but `configure`. Bounds numbers and texts, so that the core gets only what a packet could
// carry.
Result<sfu::Command, sfu::CommandError> ToCommand(const worker::Request& request);

void WriteError(const sfu::CommandError& error, worker::Response& response);

// `offset` is that of a statistics request. What does not fit one message is named by next_offset.
void WriteReply(const sfu::CommandReply& reply, std::uint32_t offset, worker::Response& response);

// How it was sent, into an answer that is the worker's statistics; any other stays as it is.
void WriteSendStats(const io::SendCounters& counters, bool segmentation, worker::Response& response);

void WriteNotification(const sfu::Notification& notification, worker::Notification& out);

}  // namespace kcs::worker_process
