#pragma once

#include <cstdint>
#include <vector>

#include "base/entropy.h"
#include "base/result.h"
#include "io/event_loop.h"
#include "load/fleet.h"
#include "load/interruption.h"
#include "load/options.h"
#include "load/process_watch.h"
#include "load/report.h"

// What every load test does, whatever the server's signalling.
namespace kcs::load {

// So that so many participants can have their sockets. The error says what the machine allows.
Result<void> RaiseFileLimit(std::uint64_t participants);

// Runs a fleet of `members` from its beginning to its end, or its interruption, with a line of progress a
// second on stderr. Blocks.
Report Course(io::EventLoop& loop, Interruption& interruption, const Options& options, Entropy& entropy,
              std::vector<Fleet::Member> members, ProcessWatch& watch, const Fleet::Maker& make);

// The report on stdout, as its options say. The process' exit code: 0 if everybody joined and nobody was
// lost, else 1.
int Tell(const Report& report);

}  // namespace kcs::load
