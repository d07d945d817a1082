#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/result.h"
#include "base/time.h"
#include "engine/crypto/dtls.h"
#include "engine/crypto/srtp.h"
#include "io/event_loop.h"
#include "io/udp_socket.h"
#include "load/ice_agent.h"
#include "load/rtp_batch.h"
#include "load/signaling.h"

namespace kcs::load {

// The memory that all transports of the process work in, one at a time.
struct Buffers {
  static constexpr std::size_t kDatagram = 2048;
  Buffers();

  std::vector<std::uint8_t> memory;
  std::array<io::ReceiveSlot, io::UdpSocket::kBatch> slots;
  RtpBatch batch;
  std::vector<std::uint8_t> rtcp;  // for a media::RtcpPacker
};

// What the process sends, and what it could not send.
struct SendTotals {
  std::uint64_t datagrams = 0;  // RTP
  std::uint64_t bytes = 0;      // of them, UDP payloads
  std::uint64_t refused = 0;    // by this machine's kernel: the load was less than meant
};

// One transport of a participant: a UDP socket of its own, ICE, DTLS as client, SRTP.
class MediaTransport {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnTransportConnected(Timestamp now) = 0;
    virtual void OnTransportFailed(const std::string& why) = 0;
    // Still protected; it arrived at `arrival`.
    virtual void OnRtp(MutableBytes datagram, crypto::SrtpOpener& opener, Timestamp arrival) = 0;
    virtual void OnRtcp(Bytes compound, Timestamp now) = 0;
    // Something arrived: deadlines may have moved. The owner may not destroy the transport.
    virtual void OnReceived() = 0;
  };
  struct Environment {
    io::EventLoop& loop;
    const crypto::DtlsContext& dtls;
    Entropy& entropy;
    Buffers& buffers;
    SendTotals& sent;
  };

  // Begins to connect. The error is that of the socket. `owner` outlives the transport.
  static Result<std::unique_ptr<MediaTransport>> Open(const Environment& environment,
                                                      const TransportOffer& offer, Owner& owner,
                                                      Timestamp now);
  MediaTransport(const MediaTransport&) = delete;
  MediaTransport& operator=(const MediaTransport&) = delete;

  void OnTime(Timestamp now);
  Timestamp NextDeadline() const;
  bool connected() const { return sealer_.has_value(); }
  // Nothing before connected().
  std::optional<crypto::SrtpProfile> srtp() const;
  // Both only when connected().
  void Send(RtpBatch& batch);
  void SendRtcp(Bytes compound);
  // Tells the server that it is over.
  void Close();

 private:
  MediaTransport(const Environment& environment, io::UdpSocket socket, const TransportOffer& offer,
                 Owner& owner, Timestamp now);
  void OnReadable();
  void OnDatagram(MutableBytes datagram, const SocketAddress& from, Timestamp arrival, Timestamp now);
  // DTLS and ICE may have something to send, or have come further.
  void Settle(Timestamp now);

  Environment environment_;
  Owner& owner_;
  io::UdpSocket socket_;
  IceAgent ice_;
  crypto::DtlsSession dtls_;
  std::vector<crypto::Fingerprint> fingerprints_;
  bool dtls_started_ = false;
  bool failed_ = false;
  std::optional<crypto::SrtpSealer> sealer_;
  std::optional<crypto::SrtpOpener> opener_;
  io::FdWatch watch_;  // last: destroyed before the socket
};

}  // namespace kcs::load
