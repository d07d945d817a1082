#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/counters.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"

struct mmsghdr;

namespace kcs::io {

// Why a datagram was not sent (or, for the last two, not received).
enum class UdpError : std::uint8_t {
  kUnreachable,  // ENETUNREACH, EHOSTUNREACH, ENETDOWN, EADDRNOTAVAIL
  kForbidden,    // EPERM, EACCES: a firewall of this machine, or a broadcast address
  kTooLarge,     // EMSGSIZE
  kNoBuffers,    // ENOBUFS, ENOMEM
  kRefused,      // ECONNREFUSED: an earlier datagram was answered by ICMP
  kWrongFamily,  // an IPv6 destination on an IPv4 socket, or the other way round
  kSendOther,
  kTruncated,  // received, but longer than the buffer
  kReceiveOther,
  kCount
};
const char* ToString(UdpError error);

struct ReceiveSlot {
  MutableBytes buffer;   // given by the caller
  std::size_t size = 0;  // of the datagram; 0 when it was empty or did not fit (kTruncated)
  SocketAddress from;
  // How long it lay in the kernel until ReceiveBatch() took it, by the kernel's timestamp (see DatagramAge);
  // 0: not known. What a busy process reads late did not arrive late.
  Duration age{};
};

struct SendItem {
  SocketAddress to;
  Bytes data;
};

struct SendResult {
  std::size_t done = 0;      // items from the front that are dealt with: handed to the kernel or skipped
  std::size_t sent = 0;      // of them, handed to the kernel
  bool would_block = false;  // the kernel's buffer is full; items[done...] are to be tried again
};

// sendmmsg(2).
using SendMessages = int (*)(int fd, mmsghdr* messages, unsigned count, int flags);

struct UdpOptions {
  // Whether consecutive datagrams of one size to one destination leave as one message that the kernel cuts up
  // (UDP_SEGMENT). Only where the kernel knows that, and until a device or route cannot do it (EIO).
  bool segmentation = true;
  SendMessages send_messages = nullptr;  // tests put failures here; nullptr: the system's
};

// Of everything handed to the kernel.
struct SendCounters {
  std::uint64_t calls = 0;          // of sendmmsg
  std::uint64_t messages = 0;       // in them
  std::uint64_t datagrams = 0;      // in these
  std::uint64_t runs = 0;           // messages of several datagrams
  std::uint64_t run_datagrams = 0;  // in these
  std::uint64_t split_runs = 0;     // runs the kernel refused as such; their datagrams were sent one by one

  SendCounters& operator+=(const SendCounters& other);
};

// A bound, non-blocking UDP socket that receives and sends in batches and allocates only when made.
class UdpSocket {
 public:
  // Datagrams received per system call; messages sent, each of one datagram or a run of them.
  static constexpr std::size_t kBatch = 64;

  // Port 0 takes any free port. An IPv4 address makes an IPv4 socket, "::" a dual-stack one, another IPv6
  // address one for IPv6 only. The error is the system's text with the address.
  static Result<UdpSocket> Bind(const SocketAddress& local, const UdpOptions& options = {});
  // The first free port of [min_port, max_port] on the address (whose own port does not matter).
  static Result<UdpSocket> BindInRange(SocketAddress local, std::uint16_t min_port, std::uint16_t max_port,
                                       const UdpOptions& options = {});

  UdpSocket(UdpSocket&&) noexcept;
  UdpSocket& operator=(UdpSocket&&) noexcept;
  ~UdpSocket();

  // Fills slots from the front with what has arrived, at most kBatch, and returns how many; 0 when there is
  // nothing.
  std::size_t ReceiveBatch(std::span<ReceiveSlot> slots);
  // Sends items of any number in order. A datagram that cannot be sent (see UdpError) is skipped and counted;
  // a full buffer of the kernel keeps the tail. Datagrams side by side in memory can leave as runs (see
  // UdpOptions); a run leaves as a whole or not at all.
  SendResult SendBatch(std::span<const SendItem> items);

  // Datagrams that the kernel has dropped since the last call, mostly because they came while its buffer was
  // full. It tells with the first one that is received after them.
  std::uint32_t TakeOverflows();

  int native_handle() const;
  const SocketAddress& local_address() const;
  const EnumCounters<UdpError>& errors() const;
  const SendCounters& send_counters() const;
  // Whether runs leave as one message, at present.
  bool segmentation() const;
  // They do not, because a device or route could not do it (EIO); which of the receivers is behind it does
  // not show. When to try again is for the owner to say, who has a clock.
  bool segmentation_refused() const;
  // Runs leave as one message again, until they are refused again; does nothing unless they were refused.
  void RetrySegmentation();
  // What the kernel granted, in bytes as it counts them (twice the payload).
  int receive_buffer_size() const;
  int send_buffer_size() const;

 private:
  struct Impl;
  explicit UdpSocket(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kcs::io
