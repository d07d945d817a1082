#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/counters.h"
#include "io/udp_socket.h"

// The sending half of a UdpSocket. For .cpp files only: it includes system headers.
namespace kcs::io {

// How many items from the front can leave as one message: consecutive datagrams to one destination that lie
// side by side in memory and are equally long, but for the last, which may be shorter. At least 1; at most
// kMaxSegments, and so much that it fits the IP length field.
std::size_t RunLength(std::span<const SendItem> items);
// The kernel's UDP_MAX_SEGMENTS (128 in later ones), and a bound below 65,535 bytes less the headers.
inline constexpr std::size_t kMaxSegments = 64;
inline constexpr std::size_t kMaxRunBytes = 65'000;

// Turns items into messages, and messages into system calls. Runs leave as one message each, which the kernel
// cuts up (UDP_SEGMENT, generic segmentation offload): the way through its layers is paid once a message.
class UdpSender {
 public:
  // `fd` is the socket of `family`; it must outlive the sender.
  UdpSender(int fd, int family, const UdpOptions& options, EnumCounters<UdpError>& errors);

  SendResult Send(std::span<const SendItem> items);
  bool segmentation() const { return segmentation_; }
  // A device or route has answered EIO, so runs are switched off until RetrySegmentation().
  bool segmentation_refused() const { return refused_; }
  void RetrySegmentation() {
    segmentation_ = segmentation_ || refused_;
    refused_ = false;
  }
  const SendCounters& counters() const { return counters_; }

 private:
  static constexpr std::size_t kBatch = UdpSocket::kBatch;
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint16_t))> bytes;
  };

  // Makes messages of the first items; the first `alone` of them get one each. Returns how many messages;
  // 0: the first item cannot be addressed.
  std::size_t Compose(std::span<const SendItem> items, std::size_t alone);
  void Write(std::size_t message, std::span<const SendItem> run, socklen_t address_length);
  // Sends what was composed. `alone`: how many items behind result.done have to be composed anew, alone.
  SendResult Submit(std::size_t messages, std::size_t& alone);
  void CountSent(std::size_t begin, std::size_t end, SendResult& result);

  int fd_;
  int family_;
  bool segmentation_;
  bool refused_ = false;
  SendMessages send_messages_;
  EnumCounters<UdpError>& errors_;
  SendCounters counters_;
  std::array<mmsghdr, kBatch> headers_{};
  std::array<iovec, kBatch> vectors_{};
  std::array<sockaddr_in6, kBatch> addresses_{};
  std::array<Control, kBatch> controls_{};
  std::array<std::uint16_t, kBatch> datagrams_{};  // of each message
};

}  // namespace kcs::io
