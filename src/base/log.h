#pragma once

#include <spdlog/spdlog.h>

// Logging is spdlog's; this header is the one place that includes it. Control plane and process shells log;
// the media path counts instead.
namespace kcs {
namespace log = spdlog;
}  // namespace kcs
