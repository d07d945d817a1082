#include "engine/worker/process.h"

#include <sys/prctl.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "engine/crypto/srtp.h"
#include "engine/crypto/srtp_backend.h"
#include "engine/sfu/worker_core.h"
#include "engine/worker/control.h"
#include "engine/worker/server_channel.h"
#include "engine/worker/sockets.h"
#include "io/event_loop.h"
#include "io/system_entropy.h"
#include "proto/worker.pb.h"

namespace kcs::worker_process {
namespace {

// Outboxes that the timers may fill before sockets and the control channel have their turn again.
constexpr int kTimerRounds = 16;

sfu::WorkerLimits LimitsOf(const worker::Configure& configure) {
  sfu::WorkerLimits limits;
  if (configure.max_transports() > 0) limits.max_transports = configure.max_transports();
  if (configure.max_packet_slots() > 0) limits.max_packet_slots = configure.max_packet_slots();
  limits.audio_last_n =
      static_cast<std::uint8_t>(std::min<std::uint32_t>(configure.audio_last_n(), limits.kMaxAudioLastN));
  limits.run_padding =
      configure.segmentation() && configure.run_padding();  // it makes runs, and nothing else
  return limits;
}

Result<ListenOptions> ListenOptionsOf(const worker::Configure& configure) {
  if (configure.min_port() > configure.max_port() || configure.max_port() > 65535)
    return Fail("bad port range");
  ListenOptions options{.addresses = {},
                        .min_port = static_cast<std::uint16_t>(configure.min_port()),
                        .max_port = static_cast<std::uint16_t>(configure.max_port()),
                        .segmentation = configure.segmentation(),
                        .gathering = configure.gathering()};
  for (const std::string& ip : configure.listen_ips()) {
    const auto address = SocketAddress::FromText(ip, 0);
    if (!address) return Fail("not an IP address: " + ip);
    options.addresses.push_back(*address);
  }
  if (options.addresses.empty()) return Fail("no address to listen on");
  return options;
}

void LogSegmentation(const SocketAddress& address, bool on) {
  if (on) {
    log::info("worker: {} sends several datagrams as one message again", address.ToString());
  } else {
    log::warn(
        "worker: {}: a device or route cannot cut messages up (UDP segmentation offload, EIO), so every "
        "datagram leaves alone, which takes more CPU time; it is tried again from time to time",
        address.ToString());
  }
}

class Process {
 public:
  Process(io::EventLoop& loop, io::UniqueFd channel)
      : loop_(loop),
        channel_(loop, std::move(channel),
                 {.on_request = [this](const worker::Request& request) { OnRequest(request); },
                  .on_closed = [this] { loop_.Stop(); },
                  .on_news_lost = [this] { engine_->core.drops().Add(wire::DropReason::kNewsLost); }}),
        timer_(loop, [this] { OnTimeout(); }) {}

 private:
  // Exists once the server has configured the worker.
  struct Engine {
    Engine(io::EventLoop& loop, const sfu::WorkerLimits& limits, Entropy& entropy, Sockets::Handlers handlers)
        : core(limits, entropy), sockets(loop, core.slab(), core.drops(), std::move(handlers)) {}
    sfu::WorkerCore core;
    Sockets sockets;
  };

  void OnRequest(const worker::Request& request) {
    worker::Envelope answer;
    answer.mutable_response()->set_id(request.id());
    Answer(request, *answer.mutable_response());
    channel_.Answer(answer);
    Carry(io::EventLoop::Now());
  }

  void Answer(const worker::Request& request, worker::Response& response) {
    if (request.has_configure()) {
      if (auto result = Configure(request.configure(), response); !result) {
        WriteError({sfu::CommandErrorCode::kInvalid, result.error()}, response);
      }
      return;
    }
    if (!engine_) {
      WriteError({sfu::CommandErrorCode::kInvalidState, "not configured yet"}, response);
      return;
    }
    const auto command = ToCommand(request);
    if (!command) {
      WriteError(command.error(), response);
      return;
    }
    const auto reply = engine_->core.OnCommand(*command, io::EventLoop::Now(), output_);
    if (reply) {
      WriteReply(*reply, request.get_router_stats().offset(), response);
      WriteSendStats(engine_->sockets.send_counters(), engine_->sockets.segmentation(), response);
    } else {
      WriteError(reply.error(), response);
    }
  }

  Result<void> Configure(const worker::Configure& configure, worker::Response& response) {
    if (engine_) return Fail("configured already");
    const auto options = ListenOptionsOf(configure);
    if (!options) return Fail(options.error());
    engine_.emplace(loop_, LimitsOf(configure), entropy_,
                    Sockets::Handlers{.on_datagrams = [this](auto batch) { OnDatagrams(batch); },
                                      .on_connection_closed = [this](const Tuple& tuple) { OnClosed(tuple); },
                                      .on_segmentation = LogSegmentation});
    if (auto result = engine_->sockets.Listen(*options); !result) {
      engine_.reset();
      return result;
    }
    worker::Configured& configured = *response.mutable_configured();
    for (std::size_t i = 0; i < engine_->sockets.listening().size(); ++i) {
      worker::Configured::Listener& listener = *configured.add_listeners();
      listener.set_ip(configure.listen_ips(static_cast<int>(i)));
      listener.set_udp_port(engine_->sockets.listening()[i].udp_port);
      listener.set_tcp_port(engine_->sockets.listening()[i].tcp_port);
    }
    configured.mutable_fingerprint()->set_algorithm("sha-256");
    configured.mutable_fingerprint()->set_value(engine_->core.fingerprint());
    configured.set_srtp_cipher(crypto::DefaultBackend().name());
    return {};
  }

  void OnDatagrams(std::span<sfu::IngressDatagram> batch) {
    const Timestamp now = io::EventLoop::Now();
    engine_->core.OnDatagrams(batch, now, output_);
    Carry(now);
  }

  void OnClosed(const Tuple& tuple) {
    const Timestamp now = io::EventLoop::Now();
    engine_->core.OnConnectionClosed(tuple, now, output_);
    Carry(now);
  }

  void OnTimeout() {
    if (!engine_) return;
    const Timestamp now = io::EventLoop::Now();
    for (int round = 0; round == 0 || (round < kTimerRounds && engine_->core.NextDeadline() <= now);
         ++round) {
      engine_->core.OnTimeout(now, output_);
      Carry(now);
    }
    engine_->sockets.OnWork(now, io::EventLoop::Now());
  }

  // Carries out what the core wants: all that is to be sent, then news for the server, then the next
  // deadline.
  void Carry(Timestamp now) {
    if (!engine_) return;
    for (;;) {
      engine_->sockets.Send(output_.datagrams, now);
      for (const std::uint32_t connection : output_.trusted_connections) engine_->sockets.Trust(connection);
      for (const std::uint32_t connection : output_.abandoned_connections) engine_->sockets.Close(connection);
      channel_.Tell(output_.notifications);
      output_.Clear();
      const bool more = engine_->core.Drain(now, output_);
      if (!more && output_.datagrams.empty()) break;
    }
    timer_.Set(engine_->core.NextDeadline());
  }

  io::EventLoop& loop_;
  io::SystemEntropy entropy_;
  ServerChannel channel_;
  io::Timer timer_;
  sfu::WorkerOutput output_;
  std::optional<Engine> engine_;
};

}  // namespace

int RunWorker(int channel_fd) {
  // A terminal sends SIGINT to the server's whole process group; the server ends its workers itself, by
  // closing the channel.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  // Pauses of a tenth of a millisecond (Gathering) would be half as long again with the usual 50 us of slack.
  prctl(PR_SET_TIMERSLACK, 1000UL);
  io::EventLoop loop;
  Process process(loop, io::UniqueFd(channel_fd));
  loop.Run();
  return 0;
}

}  // namespace kcs::worker_process
