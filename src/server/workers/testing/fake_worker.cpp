#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "proto/worker.pb.h"

// A media worker without media, for the tests of the pool: answers on descriptor 3, and misbehaves for
// certain numbers of a transport, or from the start when its argument says so.
namespace {

namespace worker = kcs::worker;

constexpr int kChannel = 3;
constexpr std::uint64_t kDies = 0xdead;
constexpr std::uint64_t kHangs = 0xbeef;
constexpr std::uint64_t kBabbles = 0xbabb;
constexpr std::uint64_t kFallsBehind = 0xbe41;
constexpr std::uint64_t kCatchesUp = 0xca7c;
constexpr std::uint64_t kUnknown = 0x404;

void SendEnvelope(const worker::Envelope& envelope) {
  const std::string bytes = envelope.SerializeAsString();
  if (send(kChannel, bytes.data(), bytes.size(), 0) < 0) _exit(2);
}

void Configure(const worker::Configure& request, worker::Response& response, const std::string& mode) {
  if (mode == "cannot-listen") {
    response.mutable_error()->set_message("the ports are taken");
    return;
  }
  worker::Configured& configured = *response.mutable_configured();
  for (const std::string& ip : request.listen_ips()) {
    auto& listener = *configured.add_listeners();
    listener.set_ip(ip);
    listener.set_udp_port(request.min_port());
    listener.set_tcp_port(request.max_port());
  }
  configured.mutable_fingerprint()->set_algorithm("sha-256");
  configured.mutable_fingerprint()->set_value("AB:CD");
}

void CreateTransport(std::uint64_t transport, worker::Response& response) {
  switch (transport & 0xffffffff) {
    case kDies:
      _exit(3);
    case kHangs:
      pause();
      break;
    case kBabbles:
      send(kChannel, "\xff\xff\xff", 3, 0);
      break;
    case kUnknown:
      response.mutable_error()->set_code(worker::Error::NOT_FOUND);
      response.mutable_error()->set_message("no such router");
      return;
    default:
      break;
  }
  response.mutable_transport_created()->set_username_fragment("ufrag");
  response.mutable_transport_created()->set_password("pid " + std::to_string(getpid()));
}

// Of the transports that are named, else in two parts.
void GetRouterStats(const worker::GetRouterStats& request, worker::Response& response) {
  worker::RouterStats& stats = *response.mutable_router_stats();
  for (const std::uint64_t id : request.transport_ids()) stats.add_transports()->set_transport_id(id);
  if (request.transport_ids_size() > 0) return;
  stats.add_transports()->set_transport_id(request.offset() + 1);
  stats.set_next_offset(request.offset() == 0 ? 1 : 0);
}

void Notify(std::uint64_t transport) {
  worker::Envelope notification;
  worker::TransportState& state =
      *notification.mutable_news()->add_notifications()->mutable_transport_state();
  state.set_transport_id(transport);
  state.set_dtls(worker::TransportState::DTLS_CONNECTED);
  SendEnvelope(notification);
}

void Answer(const worker::Request& request, const std::string& mode) {
  worker::Envelope envelope;
  worker::Response& response = *envelope.mutable_response();
  response.set_id(request.id());
  if (request.has_configure()) Configure(request.configure(), response, mode);
  if (request.has_create_transport()) CreateTransport(request.create_transport().transport_id(), response);
  if (request.has_get_router_stats()) GetRouterStats(request.get_router_stats(), response);
  if (request.has_get_worker_stats()) response.mutable_worker_stats()->set_packets_received(7);
  SendEnvelope(envelope);
  if (request.has_connect_transport()) Notify(request.connect_transport().transport_id());
}

// Answers, but from kFallsBehind to kCatchesUp it only has news whenever it is asked something.
class Worker {
 public:
  explicit Worker(std::string mode) : mode_(std::move(mode)) {}

  void Take(const worker::Request& request) {
    const std::uint64_t number = request.create_transport().transport_id() & 0xffffffff;
    if (number == kFallsBehind) behind_ = true;
    if (number == kCatchesUp) behind_ = false;
    waiting_.push_back(request);
    if (behind_) return Notify(request.create_transport().transport_id());
    for (const worker::Request& one : waiting_) Answer(one, mode_);
    waiting_.clear();
  }

 private:
  std::string mode_;
  bool behind_ = false;
  std::vector<worker::Request> waiting_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "dies-at-once") return 1;
  fcntl(kChannel, F_SETFL, 0);  // it comes non-blocking, and there is nothing else to wait for
  Worker fake(mode);
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t n = recv(kChannel, buffer.data(), buffer.size(), 0);
    if (n <= 0) return 0;
    worker::Envelope envelope;
    if (!envelope.ParseFromArray(buffer.data(), static_cast<int>(n))) return 4;
    fake.Take(envelope.request());
  }
}
