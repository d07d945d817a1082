#pragma once

namespace kcs::worker_process {

// A media worker: serves the control channel (a SOCK_SEQPACKET descriptor, inherited from the server) until
// its other end closes, then returns 0; 1 when it could not start. The only place of the engine with a clock
// and sockets.
int RunWorker(int channel_fd);

}  // namespace kcs::worker_process
