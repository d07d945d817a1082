#include "server/app/serve.h"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/log.h"
#include "io/file_limit.h"
#include "server/app/application.h"

namespace kcs::app {
namespace {

void SetUpLogging(const Config& config) {
  log::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  log::set_level(log::level::from_str(config.log_level));
}

}  // namespace

int Serve(const Config& config) {
  SetUpLogging(config);
  std::signal(SIGPIPE, SIG_IGN);
  // The workers inherit the environment and have no use for these.
  for (const char* secret : {"JWT_SECRET", "TURN_SECRET", "DATABASE_URL", "REDIS_URL"}) unsetenv(secret);

  // A socket each, and as much again for polls, REST, files and workers' channels.
  const std::uint64_t wanted = 2 * std::uint64_t{config.max_connections} + 1000;
  if (const std::uint64_t limit = io::RaiseFileLimit(wanted);
      limit < std::uint64_t{config.max_connections} + 100) {
    log::warn(
        "only {} open files are allowed, too few for MAX_CONNECTIONS={}: raise `ulimit -n` (LimitNOFILE)",
        limit, config.max_connections);
  }

  Application application(config);
  if (const auto prepared = application.Prepare(); !prepared) {
    std::fprintf(stderr, "kcs-meet: %s\n", prepared.error().c_str());
    return 1;
  }
  return application.Run();
}

}  // namespace kcs::app
