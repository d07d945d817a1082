#pragma once

#include <cstdint>

namespace kcs::io {

// Lets this process open so many files (sockets are files, too), or as many as the system lets it: by its
// hard limit, or beyond that with the right to. Never lowers anything. How many it is in the end.
std::uint64_t RaiseFileLimit(std::uint64_t wanted);

}  // namespace kcs::io
