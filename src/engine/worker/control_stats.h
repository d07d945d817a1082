#pragma once

#include "engine/sfu/stats.h"
#include "proto/worker.pb.h"

// Statistics as messages. Included by control.cpp only.
namespace kcs::worker_process {

worker::TransportState::Ice ToProto(transport::IceState state);
worker::TransportState::Dtls ToProto(crypto::DtlsState state);
worker::ConsumerLayers::Reason ToProto(congestion::AllocationReason reason);

// The entries from `offset` on (transports, then producers, then consumers), as many as fit one message.
void WriteRouterStats(const sfu::RouterStats& stats, std::uint32_t offset, worker::RouterStats& out);
void WriteWorkerStats(const sfu::WorkerStats& stats, worker::WorkerStats& out);

}  // namespace kcs::worker_process
