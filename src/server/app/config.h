#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

// All settings of the server, from environment variables (and a .env file, dotenv.h). See SettingsText() for
// what each means; the names are the contract's (PROTOCOL.md section 5).
namespace kcs::app {

struct PortRange {
  std::uint16_t min = 0;
  std::uint16_t max = 0;  // included

  friend bool operator==(const PortRange&, const PortRange&) = default;
};

enum class TokenSource : std::uint8_t { kGuest, kSecret, kPublicKeyFile, kJwksFile };

struct Config {
  // Signalling
  std::string listen_host;  // empty: all addresses, loopback in guest mode
  std::uint16_t port = 4501;
  std::string tls_cert;  // paths; both or none
  std::string tls_key;
  std::vector<std::string> cors_origins;  // empty: same origin only; "*": any
  bool metrics_public = false;
  std::string web_root;  // empty: the one beside the executable

  // Who may come in
  TokenSource token_source = TokenSource::kGuest;
  std::string token_key;  // the secret, or the path
  std::string token_issuer;
  std::string token_audience;

  // Media
  std::uint32_t workers = 4;
  std::vector<std::string> media_listen_ips;  // IPv4 and IPv6 literals; never empty once parsed
  std::string announced_ip;                   // an address or a name; empty: the listening addresses
  PortRange rtc_ports{10000, 13999};
  std::uint32_t audio_last_n = 0;  // 0: off
  bool gso = true;
  bool run_padding = true;
  bool gathering = true;

  // TURN
  std::string turn_host;
  std::string turn_secret;

  // Storage
  std::string database_url = "sqlite:data/kcs-meet.db";
  std::string redis_url;

  std::string log_level = "info";

  // Limits
  std::chrono::seconds reconnect_grace{15};
  std::uint32_t max_connections = 5000;
  std::uint32_t max_connections_per_ip = 200;
  std::uint32_t max_meetings = 1000;
  std::uint32_t max_participants = 200;
  std::uint32_t max_transports_per_participant = 8;
  std::uint32_t max_producers_per_participant = 16;
  std::uint32_t max_consumers_per_participant = 1000;
  std::uint32_t max_events_per_second = 100;

  bool guest_mode() const { return token_source == TokenSource::kGuest; }
};

using Variables = std::map<std::string, std::string>;

// The error is one line that names the variable, the value and what is accepted.
Result<Config> ParseConfig(const Variables& variables);

// The part of the range that belongs to `worker` (0 ... config.workers - 1): equal parts in order; a
// remainder at the end stays unused.
PortRange WorkerPorts(const Config& config, std::uint32_t worker);

// All settings with defaults and meaning, for `kcs-meet serve --help`; the same as a Markdown table for
// README.md.
std::string SettingsText();
std::string SettingsMarkdown();

}  // namespace kcs::app
