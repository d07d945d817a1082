#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "engine/crypto/dtls.h"
#include "engine/crypto/srtp.h"
#include "engine/transport/ice_lite.h"
#include "engine/transport/testing/ice_client.h"

namespace kcs::transport::testing {

// A remote peer in virtual time: a full ICE agent, DTLS (client unless told otherwise) and SRTP, as a browser
// would be to the engine. Datagrams are values; tuples are named as the server sees them (`remote` is the
// peer's own address), so a datagram that leaves here goes into the engine with the same tuple, and back.
class TestPeer {
 public:
  using Datagram = IceClient::Datagram;
  struct Received {
    bool rtcp = false;
    std::vector<std::uint8_t> bytes;  // plaintext
  };

  // `dtls` must outlive the peer; its certificate is the one whose fingerprint the server has to know.
  TestPeer(const crypto::DtlsContext& dtls, Entropy& entropy,
           crypto::DtlsRole role = crypto::DtlsRole::kClient);

  // Begins to check `paths` (at least one) and, once one of them works, DTLS.
  void Connect(const IceParameters& remote_ice, const std::vector<Tuple>& paths,
               std::vector<crypto::Fingerprint> remote_fingerprints, Timestamp now);
  // The server restarted ICE: from now on checks use these.
  void RestartIce(const IceParameters& remote_ice, Timestamp now);
  // The peer moves: checks (and then everything) go over these paths instead.
  void SetPaths(const std::vector<Tuple>& paths, Timestamp now);
  void Close(Timestamp now);

  void OnDatagram(const Tuple& tuple, Bytes datagram, Timestamp now);
  void Tick(Timestamp now);
  Timestamp NextDeadline() const;
  std::vector<Datagram> TakeOutgoing();

  // Seals and sends over the selected path. False before the handshake is done.
  bool SendRtp(Bytes plaintext);
  bool SendRtcp(Bytes plaintext);
  // Decrypted media since the last call.
  std::vector<Received> TakeReceived();
  // Media that could not be decrypted (or came before the keys): 0 in a good run.
  std::uint64_t undecryptable() const { return undecryptable_; }

  IceClient& ice() { return ice_; }
  bool ice_connected() const { return ice_.selected() != nullptr; }
  crypto::DtlsState dtls_state() const { return dtls_.state(); }
  // Keys are there: media can be sent.
  bool connected() const { return sealer_ != nullptr; }

 private:
  void Settle(Timestamp now);
  void OnMedia(Bytes datagram, bool rtcp);
  std::uint64_t NextIndex(std::uint32_t ssrc, std::uint16_t sequence_number);
  void SendSelected(std::vector<std::uint8_t> bytes) {
    outgoing_.push_back({*ice_.selected(), std::move(bytes)});
  }

  IceClient ice_;
  crypto::DtlsSession dtls_;
  crypto::DtlsRole role_;
  bool dtls_started_ = false;
  std::vector<crypto::Fingerprint> remote_fingerprints_;
  std::unique_ptr<crypto::SrtpSealer> sealer_;
  std::unique_ptr<crypto::SrtpOpener> opener_;
  std::map<std::uint32_t, std::uint64_t>
      sent_index_;  // by SSRC: the last packet's roll-over counter << 16 | seq
  std::vector<Datagram> outgoing_;
  std::vector<Received> received_;
  std::uint64_t undecryptable_ = 0;
};

}  // namespace kcs::transport::testing
