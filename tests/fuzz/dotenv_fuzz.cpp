#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "server/app/config.h"
#include "server/app/dotenv.h"

// Any bytes as a .env file, and what it says as the configuration.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs::app;
  const auto variables = ParseDotenv(kcs::AsText(kcs::Bytes(data, size)));
  if (!variables) {
    KCS_CHECK(variables.error().find('\n') == std::string::npos);
    return 0;
  }
  for (const auto& [name, value] : *variables) KCS_CHECK(!name.empty());
  const auto config = ParseConfig(*variables);
  if (!config) {
    KCS_CHECK(config.error().find('\n') == std::string::npos);
    return 0;
  }
  const PortRange last = WorkerPorts(*config, config->workers - 1);
  KCS_CHECK(last.min <= last.max && last.max <= config->rtc_ports.max);
  return 0;
}
