#pragma once

#include "server/app/config.h"

namespace kcs::app {

// Runs the server until SIGTERM or SIGINT; the process' exit code. What stops the start is one line on
// stderr.
int Serve(const Config& config);

}  // namespace kcs::app
