#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/time.h"
#include "engine/congestion/transport_feedback_generator.h"
#include "engine/crypto/srtp.h"
#include "engine/media/nack_generator.h"
#include "engine/media/receive_stream.h"
#include "engine/media/rtcp_packer.h"
#include "engine/wire/extensions.h"
#include "engine/wire/types.h"
#include "load/latency.h"

namespace kcs::load {

// One stream that a participant consumes, as `consumed` described it.
struct ConsumedStream {
  wire::MediaKind kind = wire::MediaKind::kVideo;
  wire::Ssrc ssrc;
  wire::Ssrc rtx_ssrc;  // 0: none
  std::uint32_t clock_rate = 90'000;
  wire::ExtensionMap extensions;
  std::uint32_t sender = 0;  // whose it is: a number that means something to the caller
};

// What all receivers of the process count together.
struct Traffic {
  std::uint64_t datagrams = 0;  // SRTP
  std::uint64_t bytes = 0;      // of them, UDP payloads
  std::uint64_t padding = 0;    // packets of the server's probes
  std::uint64_t rtx = 0;        // packets sent again
  std::uint64_t undecryptable = 0;
  std::uint64_t unknown = 0;  // of streams that nobody consumes
  Latency audio;
  Latency video;
};

// What one participant receives, over one transport: counts it, and reports to the server as a browser does:
// receiver reports about once a second, transport-wide feedback every 100 ms, NACKs, and PLI when a picture
// is lost for good.
class Receiver {
 public:
  static constexpr Duration kReportInterval = 1s;
  static constexpr Duration kShortestPliInterval = 500ms;

  // `verify_every`: each Nth packet of a stream is decrypted (1: all), of the others only the header is read.
  // `slower`: reports and feedback are so many times as seldom.
  Receiver(Entropy& entropy, Traffic& traffic, std::uint32_t verify_every, std::uint32_t slower = 1)
      : entropy_(entropy),
        traffic_(traffic),
        verify_every_(verify_every),
        report_interval_(slower * kReportInterval),
        feedback_(static_cast<std::uint8_t>(slower)) {}

  void Add(const ConsumedStream& stream);

  // A datagram that arrived at `arrival`. Decrypts in place.
  void OnRtp(MutableBytes datagram, crypto::SrtpOpener& opener, Timestamp arrival);
  void OnRtcp(Bytes compound, Timestamp now);
  // Adds what is due.
  void AddFeedback(Timestamp now, media::RtcpPacker& packer);
  Timestamp NextDeadline() const;

  std::optional<Timestamp> first_media() const { return first_media_; }
  std::size_t streams() const { return streams_.size(); }
  std::size_t flowing() const { return flowing_; }  // streams of which something came

  // Counts of a stream since StartWindow(), or since the beginning.
  struct Count {
    const ConsumedStream* stream = nullptr;
    std::uint64_t packets = 0;   // each once, retransmitted ones too
    std::uint64_t bytes = 0;     // RTP packets, without retransmissions
    std::int64_t lost = 0;       // missing in the end
    std::int64_t recovered = 0;  // by retransmission
    bool flowing = false;        // since the beginning
  };
  void StartWindow();
  std::vector<Count> Counts() const;

 private:
  struct Stream {
    explicit Stream(const ConsumedStream& c)
        : consumed(c), receive(c.ssrc, c.clock_rate), nack(media::NackGenerator::Options{}) {}
    ConsumedStream consumed;
    media::ReceiveStream receive;
    media::NackGenerator nack;
    std::uint32_t since_verified = 0;
    Timestamp last_pli = Timestamp::min();
    std::uint64_t packets_before = 0;
    std::uint64_t bytes_before = 0;
    std::int64_t missing_before = 0;
    std::int64_t recovered_before = 0;

    std::uint64_t packets() const { return receive.packets() + receive.recovered(); }
    std::int64_t missing() const { return receive.lost() - static_cast<std::int64_t>(receive.recovered()); }
  };
  struct Place {
    std::uint32_t index = 0;
    bool rtx = false;
  };
  void OnMedia(Stream& stream, std::uint16_t sequence, std::uint32_t timestamp, Bytes payload,
               std::size_t size, Timestamp arrival, bool recovered);
  void NoteTransportSequence(Bytes extension, wire::Ssrc ssrc, Timestamp arrival);
  void AddNacks(Timestamp now, media::RtcpPacker& packer);
  bool verified_now(Stream& stream) { return stream.since_verified++ % verify_every_ == 0; }

  Entropy& entropy_;
  Traffic& traffic_;
  std::uint32_t verify_every_;
  Duration report_interval_;
  std::vector<Stream> streams_;
  boost::unordered_flat_map<std::uint32_t, Place> by_ssrc_;
  std::uint8_t transport_cc_id_ = 0;
  congestion::TransportFeedbackGenerator feedback_;
  wire::Ssrc feedback_media_;
  Timestamp next_report_ = kNever;
  Timestamp nack_deadline_ = kNever;
  std::size_t flowing_ = 0;
  std::optional<Timestamp> first_media_;
};

}  // namespace kcs::load
