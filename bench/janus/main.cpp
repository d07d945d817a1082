// kcs-meet load's clients against Janus's videoroom: one camera, many receivers, the same traffic, feedback
// and report. bench/meetings starts it beside a Janus of its own.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/janus/participant.h"
#include "io/system_entropy.h"
#include "load/course.h"

namespace {

namespace load = kcs::load;

int Complain(const std::string& problem) {
  std::fprintf(stderr, "janus_load: %s\n", problem.c_str());
  return 2;
}

struct Input {
  load::Options options;
  kcs::janus::Room room;
  std::uint32_t receivers = 50;
  std::string video_bitrate = "1500k";
  std::string duration = "30s";
  std::string warmup = "5s";
};

void AddOptions(CLI::App& app, Input& input) {
  app.add_option("--socket", input.room.socket, "Janus's UNIX socket (SOCK_SEQPACKET)")->required();
  app.add_option("--room", input.room.number, "A room of its videoroom")->capture_default_str();
  app.add_option("--receivers", input.receivers, "Who receive the camera")->capture_default_str();
  app.add_option("--video-bitrate", input.video_bitrate, "Of the camera")->capture_default_str();
  app.add_option("--duration", input.duration, "How long is measured")->capture_default_str();
  app.add_option("--warmup", input.warmup, "How long media flows before")->capture_default_str();
  app.add_option("--join-rate", input.options.join_rate, "Participants who join in a second")
      ->capture_default_str();
  app.add_option("--verify-every", input.options.verify_every, "Decrypt each Nth packet only")
      ->capture_default_str();
  app.add_option("--pid", input.options.pids, "The process of Janus");
  app.add_flag("--json", input.options.json, "Print one JSON object instead of the table");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("One camera and its receivers in a room of Janus");
  Input input;
  AddOptions(app, input);
  CLI11_PARSE(app, argc, argv);

  load::Options& options = input.options;
  const auto bitrate = load::ParseBitrate(input.video_bitrate);
  const auto duration = load::ParseDuration(input.duration);
  const auto warmup = load::ParseDuration(input.warmup);
  if (!bitrate || !duration || !warmup) return Complain("not a bit rate like 1500k, or a time like 30s");
  options.video_bitrate = *bitrate;
  options.duration = *duration;
  options.warmup = *warmup;
  options.audio = false;
  // What kcs-meet's workers prefer; Janus would take the one with the longer keys.
  options.srtp = kcs::crypto::SrtpProfile::kAeadAes128Gcm;
  options.participants = input.receivers + 1;
  options.publishers = 1;
  if (const auto valid = load::Validate(options); !valid) return Complain(valid.error());
  if (const auto limit = load::RaiseFileLimit(options.participants); !limit) return Complain(limit.error());

  std::vector<load::Fleet::Member> members(options.participants);
  for (std::size_t i = 0; i < members.size(); ++i) members[i].user_id = std::to_string(i + 1);
  members.front().publishes = true;
  kcs::io::SystemEntropy entropy;
  load::ProcessWatch watch(options.pids);
  kcs::io::EventLoop loop;
  load::Interruption interruption(loop);
  return load::Tell(load::Course(loop, interruption, options, entropy, std::move(members), watch,
                                 [&input](load::Stage& stage, load::Participant::Role role) {
                                   return std::make_unique<kcs::janus::Participant>(stage, std::move(role),
                                                                                    input.room);
                                 }));
}
