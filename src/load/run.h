#pragma once

#include "load/options.h"

namespace kcs::load {

// The load test from beginning to end: progress on stderr, the report on stdout. The process' exit code: 0 if
// everybody joined and nobody was lost, 1 otherwise, 2 when it could not begin (and then the reason on
// stderr).
int RunLoad(const Options& options, const TokenMaker& make_token);

}  // namespace kcs::load
