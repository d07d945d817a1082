#include "engine/worker/process.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

#include "io/udp_socket.h"
#include "proto/worker.pb.h"

namespace kcs::worker_process {
namespace {

// A worker on a thread of its own, and the server's end of its channel.
class WorkerOnThread {
 public:
  WorkerOnThread() {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), 0);
    channel_ = pair[0];
    thread_ = std::thread([fd = pair[1]] { EXPECT_EQ(RunWorker(fd), 0); });
  }
  ~WorkerOnThread() {
    ::close(channel_);
    thread_.join();
  }
  worker::Response Ask(worker::Request request) {
    request.set_id(++last_id_);
    worker::Envelope envelope;
    *envelope.mutable_request() = std::move(request);
    const std::string bytes = envelope.SerializeAsString();
    EXPECT_EQ(::send(channel_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    std::array<char, 65536> answer;
    const ssize_t size = ::recv(channel_, answer.data(), answer.size(), 0);
    EXPECT_GT(size, 0);
    EXPECT_TRUE(envelope.ParseFromArray(answer.data(), static_cast<int>(size)));
    EXPECT_EQ(envelope.response().id(), last_id_);
    return envelope.response();
  }
  void Configure(bool segmentation) {
    worker::Request request;
    worker::Configure& configure = *request.mutable_configure();
    configure.add_listen_ips("127.0.0.1");
    configure.set_min_port(40'000);
    configure.set_max_port(49'999);
    configure.set_segmentation(segmentation);
    ASSERT_FALSE(Ask(request).has_error());
  }
  worker::WorkerStats Stats() {
    worker::Request request;
    request.mutable_get_worker_stats();
    return Ask(request).worker_stats();
  }

 private:
  int channel_ = -1;
  std::uint64_t last_id_ = 0;
  std::thread thread_;
};

TEST(WorkerProcess, SendsRunsWhereTheKernelCanUnlessItIsToldNotTo) {
  const bool can = io::UdpSocket::Bind(SocketAddress::V4(127, 0, 0, 1, 0))->segmentation();
  WorkerOnThread with;
  with.Configure(true);
  EXPECT_EQ(with.Stats().udp_segmentation(), can);
  WorkerOnThread without;
  without.Configure(false);
  EXPECT_FALSE(without.Stats().udp_segmentation());
}

}  // namespace
}  // namespace kcs::worker_process
