#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace kcs::load {

// Whether these process ids, which a server tells as its workers', are such processes here. A server in a
// container tells the ids of its own namespace, which are nobody's here, or somebody else's. The error says
// in plain words what is wrong; a process that may not be looked at is not taken for one. `proc`: another
// place than /proc, for tests.
Result<void> CheckWorkers(const std::vector<int>& pids, const std::string& proc = "/proc");

}  // namespace kcs::load
