#pragma once

#include <string>

#include "base/result.h"
#include "server/app/config.h"

namespace kcs::app {

// The process' environment over the .env file of the working directory, if there is one.
Result<Variables> ReadVariables();
Result<Config> ReadConfig();

// Where the server keeps what it needs besides the database: beside an SQLite database, else "data".
std::string DataDirectory(const Config& config);

// The directory of the built web client: the configured one, or the one that belongs to this executable.
// Empty when there is none.
std::string FindWebRoot(const Config& config);

}  // namespace kcs::app
