#include "server/app/config.h"

#include <cstddef>
#include <string_view>

#include "base/check.h"
#include "server/app/settings_table.h"

namespace kcs::app {
namespace {

constexpr std::size_t kMaxShown = 200;

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value of a variable; an empty one counts as not set.
std::string_view ValueOf(const Variables& variables, const std::string& name) {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string_view() : Trim(found->second);
}

// On one line, whatever the value is.
std::string Shown(std::string_view value) {
  std::string out;
  for (const char c : value.substr(0, kMaxShown)) out += c >= ' ' && c != '\x7f' ? c : '?';
  return value.size() > kMaxShown ? out + "..." : out;
}

std::string Wrong(const std::string& name, std::string_view value, const std::string& accepted) {
  return name + "=" + Shown(value) + " is not accepted: it must be " + accepted;
}

std::string Both(const std::string& name, std::string_view value, const char* other) {
  return name + "=" + Shown(value) + " is not accepted without " + other + ": set both or none";
}

Result<void> CheckTokens(const Variables& variables) {
  std::string first;
  for (const char* name : {"JWT_SECRET", "JWT_PUBLIC_KEY", "JWT_JWKS"}) {
    if (ValueOf(variables, name).empty()) continue;
    if (!first.empty()) {
      return Fail(Wrong(name, "(set)",
                        "unset when " + first +
                            " is set: only one of JWT_SECRET, JWT_PUBLIC_KEY and "
                            "JWT_JWKS can say which tokens are good"));
    }
    first = name;
  }
  return {};
}

Result<void> CheckTls(const Config& config) {
  if (!config.tls_cert.empty() && config.tls_key.empty())
    return Fail(Both("TLS_CERT", config.tls_cert, "TLS_KEY"));
  if (!config.tls_key.empty() && config.tls_cert.empty())
    return Fail(Both("TLS_KEY", config.tls_key, "TLS_CERT"));
  return {};
}

Result<void> CheckPorts(const Config& config) {
  const auto [min, max] = config.rtc_ports;
  if (min > max) {
    return Fail(Wrong("MEDIASOUP_RTC_MIN_PORT", std::to_string(min),
                      "at most MEDIASOUP_RTC_MAX_PORT, which is " + std::to_string(max)));
  }
  const std::uint32_t ports = std::uint32_t{max} - min + 1;
  if (ports < config.workers) {
    return Fail(Wrong("MEDIASOUP_WORKERS", std::to_string(config.workers),
                      "at most " + std::to_string(ports) + ", as the ports from MEDIASOUP_RTC_MIN_PORT (" +
                          std::to_string(min) + ") to MEDIASOUP_RTC_MAX_PORT (" + std::to_string(max) +
                          ") give each worker one at least"));
  }
  return {};
}

std::string Default(const Setting& setting) {
  return setting.fallback.empty() ? "not set" : setting.fallback;
}

}  // namespace

Result<Config> ParseConfig(const Variables& variables) {
  Config config;
  for (const Setting& setting : SettingsTable()) {
    const std::string_view value = ValueOf(variables, setting.name);
    if (value.empty() || setting.set(config, value)) continue;
    return Fail(Wrong(setting.name, setting.secret ? "(hidden)" : value, setting.accepted));
  }
  if (config.media_listen_ips.empty()) {
    config.media_listen_ips = {config.guest_mode() ? "127.0.0.1" : "0.0.0.0"};
  }
  if (auto check = CheckTokens(variables); !check) return Fail(check.error());
  if (auto check = CheckTls(config); !check) return Fail(check.error());
  if (auto check = CheckPorts(config); !check) return Fail(check.error());
  return config;
}

PortRange WorkerPorts(const Config& config, std::uint32_t worker) {
  KCS_CHECK(worker < config.workers);
  const std::uint32_t each =
      (std::uint32_t{config.rtc_ports.max} - config.rtc_ports.min + 1) / config.workers;
  const std::uint32_t first = config.rtc_ports.min + worker * each;
  return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(first + each - 1)};
}

std::string SettingsText() {
  std::string out = "Settings, from the environment or a .env file (the environment wins):\n";
  std::string group;
  for (const Setting& setting : SettingsTable()) {
    if (setting.group != group) {
      group = setting.group;
      out += "\n" + group + "\n";
    }
    out += "  " + setting.name + "\n      " + setting.meaning + ".\n      Accepted: " + setting.accepted +
           ". Default: " + Default(setting) + ".\n";
  }
  return out;
}

std::string SettingsMarkdown() {
  std::string out;
  std::string group;
  for (const Setting& setting : SettingsTable()) {
    if (setting.group != group) {
      group = setting.group;
      out += (out.empty() ? "### " : "\n### ") + group +
             "\n\n| Variable | Default | Accepted | Meaning |\n|---|---|---|---|\n";
    }
    out += "| `" + setting.name + "` | " + Default(setting) + " | " + setting.accepted + " | " +
           setting.meaning + " |\n";
  }
  return out;
}

}  // namespace kcs::app
