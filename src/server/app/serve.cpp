#include "server/app/serve.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/log.h"
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

  Application application(config);
  if (const auto prepared = application.Prepare(); !prepared) {
    std::fprintf(stderr, "kcs-meet: %s\n", prepared.error().c_str());
    return 1;
  }
  return application.Run();
}

}  // namespace kcs::app
