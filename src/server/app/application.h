#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "server/app/config.h"

namespace kcs::app {

// All parts of the server, wired together.
class Application {
 public:
  explicit Application(const Config& config);
  ~Application();
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;

  // Opens the store, reads keys and files, starts the workers. The error is one line for the operator.
  Result<void> Prepare();
  // Listens once the workers have come up, until a signal ends it; the process' exit code.
  int Run();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace kcs::app
