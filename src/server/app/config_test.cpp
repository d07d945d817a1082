#include "server/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/app/settings_table.h"

namespace kcs::app {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string ErrorOf(const Variables& variables) {
  const auto config = ParseConfig(variables);
  return config ? "" : config.error();
}

TEST(Config, NeedsNothing) {
  const auto config = ParseConfig({});
  ASSERT_TRUE(config) << config.error();
  EXPECT_TRUE(config->guest_mode());
  EXPECT_EQ(config->port, 4501);
  EXPECT_EQ(config->workers, 4U);
  EXPECT_THAT(config->media_listen_ips, ElementsAre("127.0.0.1"));  // guest mode: nobody from outside
  EXPECT_THAT(ParseConfig({{"JWT_SECRET", "x"}})->media_listen_ips, ElementsAre("0.0.0.0"));
  EXPECT_EQ(config->rtc_ports, (PortRange{10000, 13999}));
  EXPECT_THAT(config->cors_origins, IsEmpty());
  EXPECT_EQ(config->reconnect_grace, std::chrono::seconds(15));
  EXPECT_EQ(config->audio_last_n, 0U);
  EXPECT_TRUE(config->gso);
  EXPECT_TRUE(config->run_padding);
  EXPECT_EQ(ParseConfig({{"AUDIO_LAST_N", "off"}})->audio_last_n, 0U);
}

TEST(Config, TakesEveryVariableOfTheContract) {
  const auto config = ParseConfig({{"MEDIASOUP_WORKERS", "2"},
                                   {"MEDIASOUP_LISTEN_IP", "192.0.2.1, 2001:db8::1"},
                                   {"MEDIASOUP_ANNOUNCED_IP", "meet.example.org"},
                                   {"MEDIASOUP_RTC_MIN_PORT", "40000"},
                                   {"MEDIASOUP_RTC_MAX_PORT", "40099"},
                                   {"TURN_SERVER_HOST", "turn.example.org:5349"},
                                   {"TURN_SECRET", "north"},
                                   {"AUDIO_LAST_N", "3"},
                                   {"MEDIASOUP_GSO", "off"},
                                   {"MEDIASOUP_RUN_PADDING", "off"},
                                   {"PORT", " 8080 "},
                                   {"JWT_SECRET", "a secret"},
                                   {"TLS_CERT", "cert.pem"},
                                   {"TLS_KEY", "key.pem"},
                                   {"CORS_ORIGINS", "https://a.example, http://localhost:3000"},
                                   {"DATABASE_URL", "sqlite:/var/lib/meet.db"},
                                   {"REDIS_URL", "redis://localhost"},
                                   {"LOG_LEVEL", "debug"},
                                   {"HOME", "/somewhere"}});
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->workers, 2U);
  EXPECT_THAT(config->media_listen_ips, ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_EQ(config->announced_ip, "meet.example.org");
  EXPECT_EQ(config->rtc_ports, (PortRange{40000, 40099}));
  EXPECT_EQ(config->turn_host, "turn.example.org:5349");
  EXPECT_EQ(config->turn_secret, "north");
  EXPECT_EQ(config->audio_last_n, 3U);
  EXPECT_FALSE(config->gso);
  EXPECT_FALSE(config->run_padding);
  EXPECT_EQ(config->port, 8080);
  EXPECT_EQ(config->token_source, TokenSource::kSecret);
  EXPECT_EQ(config->token_key, "a secret");
  EXPECT_EQ(config->tls_cert, "cert.pem");
  EXPECT_THAT(config->cors_origins, ElementsAre("https://a.example", "http://localhost:3000"));
  EXPECT_EQ(config->database_url, "sqlite:/var/lib/meet.db");
  EXPECT_EQ(config->log_level, "debug");
}

TEST(Config, NamesTheVariableTheValueAndWhatIsAccepted) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"PORT", {"65536", "-1", "4501x", "four", "1.5", "0x10", "99999999999999999999999"}},
      {"LISTEN_HOST", {"localhost", "1.2.3", "[::1]"}},
      {"MEDIASOUP_WORKERS", {"0", "257", "many"}},
      {"AUDIO_LAST_N", {"0", "65", "on", "-1"}},
      {"MEDIASOUP_GSO", {"yes", "0", "OFF"}},
      {"MEDIASOUP_RUN_PADDING", {"2", "false"}},
      {"MEDIASOUP_LISTEN_IP", {"eth0", "1.2.3.4;::", "1.2.3.4,x", ","}},
      {"MEDIASOUP_ANNOUNCED_IP", {"a b", "http://x/"}},
      {"MEDIASOUP_RTC_MIN_PORT", {"0", "65536", "x"}},
      {"MEDIASOUP_RTC_MAX_PORT", {"0", "70000"}},
      {"TURN_SERVER_HOST", {"turn:x?transport=udp", "a b"}},
      {"CORS_ORIGINS", {"example.org", "https://a/path", "*,https://a", "https://"}},
      {"DATABASE_URL", {"mysql://x", "meet.db", "sqlite:"}},
      {"LOG_LEVEL", {"loud", "INFO"}},
      {"METRICS_PUBLIC", {"maybe"}},
      {"RECONNECT_GRACE_SECONDS", {"601", "-1"}},
      {"MAX_PARTICIPANTS", {"0"}},
  };
  for (const auto& [name, values] : cases) {
    for (const char* value : values) {
      EXPECT_THAT(ErrorOf({{name, value}}), AllOf(HasSubstr(std::string(name) + "=" + value),
                                                  HasSubstr("must be"), Not(HasSubstr("\n"))));
    }
  }
}

TEST(Config, KeepsSecretsAndLineBreaksOutOfErrors) {
  EXPECT_THAT(ErrorOf({{"REDIS_URL", "http://user:password@host"}}), Not(HasSubstr("password")));
  EXPECT_THAT(ErrorOf({{"PORT", "1\n2"}}), Not(HasSubstr("\n")));
  EXPECT_THAT(ErrorOf({{"JWT_SECRET", "north"}, {"JWT_JWKS", "south"}}), Not(HasSubstr("north")));
}

TEST(Config, TakesAnEmptyVariableForNone) {
  const auto config = ParseConfig({{"JWT_SECRET", ""}, {"MEDIASOUP_ANNOUNCED_IP", "  "}, {"PORT", ""}});
  ASSERT_TRUE(config) << config.error();
  EXPECT_TRUE(config->guest_mode());
  EXPECT_EQ(config->port, 4501);
}

TEST(Config, WantsOneSourceOfTokens) {
  EXPECT_EQ(ParseConfig({{"JWT_PUBLIC_KEY", "key.pem"}})->token_source, TokenSource::kPublicKeyFile);
  EXPECT_EQ(ParseConfig({{"JWT_JWKS", "jwks.json"}})->token_source, TokenSource::kJwksFile);
  EXPECT_THAT(ErrorOf({{"JWT_SECRET", "x"}, {"JWT_JWKS", "y"}}),
              AllOf(HasSubstr("JWT_JWKS"), HasSubstr("JWT_SECRET")));
}

TEST(Config, WantsBothHalvesOfTls) {
  EXPECT_THAT(ErrorOf({{"TLS_CERT", "cert.pem"}}),
              HasSubstr("TLS_CERT=cert.pem is not accepted without TLS_KEY"));
  EXPECT_THAT(ErrorOf({{"TLS_KEY", "key.pem"}}),
              HasSubstr("TLS_KEY=key.pem is not accepted without TLS_CERT"));
}

TEST(Config, BindsDualStackOnce) {
  EXPECT_THAT(ParseConfig({{"MEDIASOUP_LISTEN_IP", "0.0.0.0,::"}})->media_listen_ips, ElementsAre("::"));
}

TEST(Config, GivesEachWorkerAnEqualPartOfThePorts) {
  const auto config = ParseConfig({});
  EXPECT_EQ(WorkerPorts(*config, 0), (PortRange{10000, 10999}));
  EXPECT_EQ(WorkerPorts(*config, 3), (PortRange{13000, 13999}));
  const auto odd = ParseConfig(
      {{"MEDIASOUP_WORKERS", "3"}, {"MEDIASOUP_RTC_MIN_PORT", "65526"}, {"MEDIASOUP_RTC_MAX_PORT", "65535"}});
  EXPECT_EQ(WorkerPorts(*odd, 2), (PortRange{65532, 65534}));
}

TEST(Config, WantsAPortForEveryWorker) {
  EXPECT_THAT(ErrorOf({{"MEDIASOUP_WORKERS", "4"}, {"MEDIASOUP_RTC_MIN_PORT", "13997"}}),
              AllOf(HasSubstr("MEDIASOUP_WORKERS=4"), HasSubstr("at most 3")));
  EXPECT_THAT(ErrorOf({{"MEDIASOUP_RTC_MIN_PORT", "40000"}}),
              AllOf(HasSubstr("MEDIASOUP_RTC_MIN_PORT=40000"), HasSubstr("13999")));
}

TEST(Config, ExplainsEverySetting) {
  for (const Setting& setting : SettingsTable()) {
    EXPECT_THAT(SettingsText(), HasSubstr("  " + setting.name + "\n"));
    EXPECT_THAT(SettingsMarkdown(), HasSubstr("| `" + setting.name + "` |"));
    EXPECT_FALSE(setting.meaning.empty());
    EXPECT_FALSE(setting.accepted.empty());
  }
}

// The defaults in the help are those of Config: given explicitly they change nothing.
TEST(Config, ShowsTheDefaultsThatHold) {
  EXPECT_THAT(SettingsText(), HasSubstr("MEDIASOUP_RTC_MAX_PORT\n"));
  Variables variables;
  for (const Setting& setting : SettingsTable()) {
    Config probe;
    if (!setting.fallback.empty() && setting.set(probe, setting.fallback))
      variables[setting.name] = setting.fallback;
  }
  for (const char* path : {"TLS_CERT", "TLS_KEY", "WEB_ROOT"}) variables.erase(path);
  const auto config = ParseConfig(variables);
  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(config->database_url, Config{}.database_url);
  EXPECT_EQ(config->rtc_ports, Config{}.rtc_ports);
}

}  // namespace
}  // namespace kcs::app
