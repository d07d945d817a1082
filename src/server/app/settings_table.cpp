#include "server/app/settings_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "base/socket_address.h"

namespace kcs::app {
namespace {

std::optional<std::uint64_t> WholeNumber(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool IsIp(std::string_view text) { return SocketAddress::FromText(text, 0).has_value(); }

bool HasOnly(std::string_view text, std::string_view more) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

// Without the blanks around the commas; empty parts are left out.
std::vector<std::string> SplitByComma(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

// The Origin of a web page (RFC 6454 6.2): scheme, host, port, and no path.
bool IsOrigin(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) return HasOnly(text.substr(scheme.size()), ".-:[]");
  }
  return false;
}

bool SetOrigins(Config& config, std::string_view text) {
  auto origins = SplitByComma(text);
  const bool any = origins.size() == 1 && origins.front() == "*";
  if (!any && (origins.empty() || !std::all_of(origins.begin(), origins.end(), IsOrigin))) return false;
  config.cors_origins = std::move(origins);
  return true;
}

bool SetListenIps(Config& config, std::string_view text) {
  std::vector<std::string> ips;
  for (std::string& ip : SplitByComma(text)) {
    if (!IsIp(ip)) return false;
    if (std::find(ips.begin(), ips.end(), ip) == ips.end()) ips.push_back(std::move(ip));
  }
  // "::" takes IPv4 too, so both together would be one port bound twice.
  if (std::find(ips.begin(), ips.end(), "::") != ips.end()) std::erase(ips, "0.0.0.0");
  if (ips.empty() || ips.size() > 8) return false;
  config.media_listen_ips = std::move(ips);
  return true;
}

bool SetDatabase(Config& config, std::string_view text) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (!text.starts_with(kSqlite) || text.size() == kSqlite.size()) return false;
  if (text.find('"') != std::string_view::npos) return false;
  config.database_url = text;
  return true;
}

bool SetRedis(Config& config, std::string_view text) {
  if (!text.starts_with("redis://") && !text.starts_with("rediss://")) return false;
  config.redis_url = text;
  return true;
}

constexpr std::array<std::string_view, 7> kLogLevels{"trace", "debug",    "info", "warn",
                                                     "error", "critical", "off"};

bool SetLogLevel(Config& config, std::string_view text) {
  if (std::find(kLogLevels.begin(), kLogLevels.end(), text) == kLogLevels.end()) return false;
  config.log_level = text;
  return true;
}

bool SetReconnectGrace(Config& config, std::string_view text) {
  const auto seconds = WholeNumber(text);
  if (!seconds || *seconds > 600) return false;
  config.reconnect_grace = std::chrono::seconds(*seconds);
  return true;
}

bool SetAudioLastN(Config& config, std::string_view text) {
  constexpr std::uint64_t kMost = 64;
  const auto speakers = text == "off" ? 0 : WholeNumber(text);
  if (!speakers || *speakers > kMost || (*speakers == 0 && text != "off")) return false;
  config.audio_last_n = static_cast<std::uint32_t>(*speakers);
  return true;
}

// Builds the table; a group holds until the next one.
class Builder {
 public:
  Builder& Group(const char* name) {
    group_ = name;
    return *this;
  }

  Builder& Custom(const char* name, std::string fallback, std::string accepted, std::string meaning,
                  std::function<bool(Config&, std::string_view)> set) {
    table_.push_back(
        {group_, name, std::move(fallback), std::move(accepted), std::move(meaning), false, std::move(set)});
    return *this;
  }

  template <typename Integer>
  Builder& Number(const char* name, Integer Config::*member, Integer min, Integer max, const char* meaning) {
    const Config defaults;
    return Custom(name, std::to_string(defaults.*member),
                  "a whole number from " + std::to_string(min) + " to " + std::to_string(max), meaning,
                  [=](Config& config, std::string_view text) {
                    const auto value = WholeNumber(text);
                    if (!value || *value < min || *value > max) return false;
                    config.*member = static_cast<Integer>(*value);
                    return true;
                  });
  }

  Builder& Port(const char* name, std::uint16_t PortRange::*member, const char* meaning) {
    const Config defaults;
    return Custom(name, std::to_string(defaults.rtc_ports.*member), "a port from 1 to 65535", meaning,
                  [=](Config& config, std::string_view text) {
                    const auto value = WholeNumber(text);
                    if (!value || *value < 1 || *value > 65535) return false;
                    config.rtc_ports.*member = static_cast<std::uint16_t>(*value);
                    return true;
                  });
  }

  Builder& Path(const char* name, std::string Config::*member, const char* fallback, const char* meaning) {
    return Custom(name, fallback, "the path of a file or directory", meaning,
                  [=](Config& config, std::string_view text) {
                    config.*member = text;
                    return true;
                  });
  }

  Builder& Flag(const char* name, bool Config::*member, const char* meaning) {
    const Config defaults;
    return Custom(name, defaults.*member ? "true" : "false", "true or false", meaning,
                  [=](Config& config, std::string_view text) {
                    const bool yes = text == "true" || text == "1";
                    if (!yes && text != "false" && text != "0") return false;
                    config.*member = yes;
                    return true;
                  });
  }

  Builder& Switch(const char* name, bool Config::*member, const char* meaning) {
    const Config defaults;
    return Custom(name, defaults.*member ? "on" : "off", "on or off", meaning,
                  [=](Config& config, std::string_view text) {
                    if (text != "on" && text != "off") return false;
                    config.*member = text == "on";
                    return true;
                  });
  }

  // A name or an address; `more` are the characters that it may have besides letters and digits.
  Builder& Host(const char* name, std::string Config::*member, std::string_view more, const char* accepted,
                const char* meaning) {
    return Custom(name, "", accepted, meaning, [=](Config& config, std::string_view text) {
      if (!HasOnly(text, more)) return false;
      config.*member = text;
      return true;
    });
  }

  Builder& Text(const char* name, std::string Config::*member, const char* meaning) {
    return Custom(name, "", "any text", meaning, [=](Config& config, std::string_view text) {
      config.*member = text;
      return true;
    });
  }

  // Where tokens come from; that only one is set is checked afterwards.
  Builder& Tokens(const char* name, TokenSource source, const char* accepted, const char* meaning) {
    return Custom(name, "", accepted, meaning, [=](Config& config, std::string_view text) {
      config.token_source = source;
      config.token_key = text;
      return true;
    });
  }

  Builder& Secret() {
    table_.back().secret = true;
    return *this;
  }

  std::vector<Setting> Take() { return std::move(table_); }

 private:
  const char* group_ = "";
  std::vector<Setting> table_;
};

void AddServer(Builder& b) {
  b.Group("Server")
      .Number<std::uint16_t>("PORT", &Config::port, 0, 65535,
                             "The port of Socket.IO, REST and the web client; 0: any free one")
      .Custom("LISTEN_HOST", "all addresses; in guest mode loopback only", "an IPv4 or IPv6 address",
              "The address of that port",
              [](Config& config, std::string_view text) {
                config.listen_host = text;
                return IsIp(text);
              })
      .Path("TLS_CERT", &Config::tls_cert, "no TLS",
            "The certificate chain (PEM); with TLS_KEY the port speaks TLS only")
      .Path("TLS_KEY", &Config::tls_key, "no TLS", "Its private key (PEM)")
      .Custom("CORS_ORIGINS", "none", "* or origins like https://example.org, separated by commas",
              "Web pages of these other origins may use the server", SetOrigins)
      .Path("WEB_ROOT", &Config::web_root, "the one that was built", "The directory of the web client")
      .Flag("METRICS_PUBLIC", &Config::metrics_public, "Whether /metrics answers others than this machine")
      .Custom("LOG_LEVEL", Config{}.log_level, "trace, debug, info, warn, error, critical or off",
              "How much is written to the log", SetLogLevel);
}

void AddTokens(Builder& b) {
  b.Group("Who may come in (one of the first three; none of them: guest mode)")
      .Tokens("JWT_SECRET", TokenSource::kSecret, "any text", "Tokens are signed with HS256 and this secret")
      .Secret()
      .Tokens("JWT_PUBLIC_KEY", TokenSource::kPublicKeyFile, "the path of a file",
              "Tokens are signed with RS256 or ES256 and the private half of this key (PEM)")
      .Tokens("JWT_JWKS", TokenSource::kJwksFile, "the path of a file",
              "Tokens are signed with RS256 or ES256 and a key of this JWK set")
      .Text("JWT_ISSUER", &Config::token_issuer, "Tokens must have this iss")
      .Text("JWT_AUDIENCE", &Config::token_audience, "Tokens must have this aud");
}

void AddMedia(Builder& b) {
  b.Group("Media")
      .Number<std::uint32_t>("MEDIASOUP_WORKERS", &Config::workers, 1, 256,
                             "Media worker processes; one a processor core")
      .Custom("MEDIASOUP_LISTEN_IP", "0.0.0.0; in guest mode 127.0.0.1",
              "up to 8 IPv4 or IPv6 addresses, separated by commas",
              "The addresses that media is received on; :: is IPv6 and IPv4", SetListenIps)
      .Host("MEDIASOUP_ANNOUNCED_IP", &Config::announced_ip, ".-:", "an address or a name",
            "The address that clients reach the workers at, when it is another (NAT, containers)")
      .Port("MEDIASOUP_RTC_MIN_PORT", &PortRange::min, "The first port of the workers, UDP and TCP")
      .Port("MEDIASOUP_RTC_MAX_PORT", &PortRange::max,
            "The last one; each worker has an equal part of the range")
      .Custom("AUDIO_LAST_N", "off", "off or a whole number from 1 to 64",
              "So many speakers of a meeting are heard at a time, the loudest; for meetings with very many "
              "microphones",
              SetAudioLastN)
      .Switch(
          "MEDIASOUP_GSO", &Config::gso,
          "Whether packets to one receiver leave the worker together (UDP segmentation offload), where the "
          "kernel can do that")
      .Switch("MEDIASOUP_RUN_PADDING", &Config::run_padding,
              "Whether packets are padded by some bytes so that more of them leave together; costs at most "
              "2.5 % of the bytes")
      .Switch(
          "MEDIASOUP_GATHERING", &Config::gathering,
          "Whether a worker that has something to do waits for the rest of a picture, up to a millisecond, "
          "so that it leaves together")
      .Host("TURN_SERVER_HOST", &Config::turn_host, ".-:[]", "a name or an address, with or without a port",
            "The TURN server that clients are told of, together with TURN_SECRET; its port is 3478 if not "
            "given")
      .Text("TURN_SECRET", &Config::turn_secret, "The secret shared with it (coturn: static-auth-secret)")
      .Secret();
}

void AddStorage(Builder& b) {
  b.Group("Storage")
      .Custom("DATABASE_URL", Config{}.database_url, "sqlite:PATH", "Where meetings are kept", SetDatabase)
      .Custom("REDIS_URL", "", "redis://HOST:PORT", "Reserved for clusters; nothing uses it yet", SetRedis)
      .Secret();
}

void AddLimits(Builder& b) {
  constexpr std::uint32_t kMany = 1'000'000;
  b.Group("Limits")
      .Custom("RECONNECT_GRACE_SECONDS", std::to_string(Config{}.reconnect_grace.count()),
              "a whole number from 0 to 600",
              "Reserved for coming back after a dropped connection; nothing uses it yet", SetReconnectGrace)
      .Number<std::uint32_t>("MAX_CONNECTIONS", &Config::max_connections, 1, kMany, "Sockets of the server")
      .Number<std::uint32_t>("MAX_CONNECTIONS_PER_IP", &Config::max_connections_per_ip, 1, kMany,
                             "Sockets from one address")
      .Number<std::uint32_t>("MAX_MEETINGS", &Config::max_meetings, 1, kMany,
                             "Meetings that take place at a time")
      .Number<std::uint32_t>("MAX_PARTICIPANTS", &Config::max_participants, 1, 100'000,
                             "Participants of a meeting")
      .Number<std::uint32_t>("MAX_TRANSPORTS", &Config::max_transports_per_participant, 1, 1000,
                             "Transports of a participant")
      .Number<std::uint32_t>("MAX_PRODUCERS", &Config::max_producers_per_participant, 1, 1000,
                             "Producers of a participant")
      .Number<std::uint32_t>("MAX_CONSUMERS", &Config::max_consumers_per_participant, 1, 100'000,
                             "Consumers of a participant")
      .Number<std::uint32_t>("MAX_EVENTS_PER_SECOND", &Config::max_events_per_second, 1, 100'000,
                             "Events from one socket, on average");
}

}  // namespace

const std::vector<Setting>& SettingsTable() {
  static const std::vector<Setting> table = [] {
    Builder builder;
    AddServer(builder);
    AddTokens(builder);
    AddMedia(builder);
    AddStorage(builder);
    AddLimits(builder);
    return builder.Take();
  }();
  return table;
}

}  // namespace kcs::app
