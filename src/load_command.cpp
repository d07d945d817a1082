#include "load_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "load/options.h"
#include "load/run.h"
#include "server/app/config.h"
#include "server/app/settings_source.h"
#include "server/app/token_command.h"

namespace load = kcs::load;

struct LoadCommand::Input {
  CLI::App* command = nullptr;
  load::Options options;
  std::uint32_t publishers = 0;
  std::string video_bitrate = "1500k";
  std::string audio = "on";
  std::string duration = "30s";
  std::string warmup = "5s";
  std::string secret;
};

namespace {

constexpr const char* kFooter = R"(
The load test acts as many WebRTC clients against a server of this protocol, makes meetings of its own there, and removes
them afterwards. Participants join one after the other; when all have what they wait for, and after a time to warm up, it
measures.

  kcs-meet load --token-secret SECRET --participants 201 --publishers 1
  kcs-meet load --token-secret SECRET --meetings 10 --participants 10 --video-bitrate 500k
  kcs-meet load --token-secret SECRET --participants 100 --publishers 10 --video-bitrate 0

Without --token-secret the tokens are made as `kcs-meet token` makes them: with JWT_SECRET of the environment or of .env
in this directory, or in guest mode with the secret that the server keeps there.

A server lets in so many sockets of one address (MAX_CONNECTIONS_PER_IP, 200) and participants of a meeting
(MAX_PARTICIPANTS, 200): for more, raise them there.

What the table tells:
  join time   from a participant's first event to its first media
  delivered   of what the senders of the streams that were consumed have sent
  lost        missing at the receivers in the end, by the streams' sequence numbers
  p50, p99    from when this process sent a packet until its kernel received it back
  us          of CPU time that the server's workers took for each packet the participants received
  late        by how much this process missed its own timers: when that is more than some milliseconds, or its CPU is
              near 100 %, it is the load test that is at its limit

Exit code: 0 when everybody joined and stayed, 1 when not, 2 when it could not begin.)";

int Complain(const std::string& problem) {
  std::fprintf(stderr, "kcs-meet load: %s\n", problem.c_str());
  return 2;
}

}  // namespace

LoadCommand::LoadCommand(CLI::App& app) : input_(std::make_unique<Input>()) {
  Input& input = *input_;
  load::Options& options = input.options;
  CLI::App* const command = app.add_subcommand("load", "Try how much a server carries");
  input.command = command;
  command->footer(kFooter);
  command->add_option("--url", options.url, "The server")->capture_default_str();
  command->add_option("--token-secret", input.secret,
                      "Its JWT_SECRET (seen in the list of processes; better in the environment)");
  command->add_option("--meetings", options.meetings, "How many meetings")->capture_default_str();
  command->add_option("--participants", options.participants, "Of each meeting")->capture_default_str();
  command->add_option("--publishers", input.publishers, "How many of them send (default: all)");
  command->add_option("--video-bitrate", input.video_bitrate, "Of each camera: 1500k, 2.5M; 0: no video")
      ->capture_default_str();
  command->add_option("--audio", input.audio, "Whether they send sound")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  command->add_flag("--simulcast", options.simulcast, "Three encodings a camera, which share the bit rate");
  command->add_option("--duration", input.duration, "How long is measured: 30s, 5m, 1h")
      ->capture_default_str();
  command
      ->add_option("--warmup", input.warmup,
                   "How long media flows before that, for the server to learn what the links carry")
      ->capture_default_str();
  command->add_option("--join-rate", options.join_rate, "Participants who join in a second")
      ->capture_default_str();
  command
      ->add_option(
          "--slower", options.slower,
          "Send pictures, sound, reports and feedback N times as seldom, in packets of the same size: "
          "more participants than this process has the time for. What they cost at the full rate is at "
          "most N times what is measured")
      ->check(CLI::Range(1, 20))
      ->capture_default_str();
  command
      ->add_option("--verify-every", options.verify_every,
                   "Decrypt each Nth packet only, when this process is the limit")
      ->capture_default_str();
  command->add_option("--pid", options.pids,
                      "The processes whose CPU time counts (default: the workers that the server tells)");
  command->add_flag("--json", options.json, "Print one JSON object instead of the table");
}

LoadCommand::~LoadCommand() = default;

bool LoadCommand::parsed() const { return input_->command->parsed(); }

int LoadCommand::Run() const {
  load::Options options = input_->options;
  if (input_->command->count("--publishers") > 0) options.publishers = input_->publishers;
  const auto bitrate = load::ParseBitrate(input_->video_bitrate);
  if (!bitrate)
    return Complain("--video-bitrate " + input_->video_bitrate + ": not a bit rate like 1500k or 2.5M");
  options.video_bitrate = *bitrate;
  options.audio = input_->audio == "on";
  const auto duration = load::ParseDuration(input_->duration);
  if (!duration) return Complain("--duration " + input_->duration + ": not a time like 30s, 5m or 1h");
  options.duration = *duration;
  const auto warmup = load::ParseDuration(input_->warmup);
  if (!warmup) return Complain("--warmup " + input_->warmup + ": not a time like 5s");
  options.warmup = *warmup;

  kcs::app::Config config;
  if (!input_->secret.empty()) {
    config.token_source = kcs::app::TokenSource::kSecret;
    config.token_key = input_->secret;
  } else {
    auto read = kcs::app::ReadConfig();
    if (!read) return Complain(read.error());
    config = *std::move(read);
  }
  return load::RunLoad(options, [&config](const std::string& user_id, bool admin) {
    kcs::app::TokenOptions token;
    token.user_id = user_id;
    token.role = admin ? "admin" : "user";
    return kcs::app::MakeToken(config, token);
  });
}
