// Hostile datagrams against a peer transport in each of its states, also from a peer that knows the ICE
// password. The first byte chooses the state; then follow steps of a kind, a length and as many bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/entropy.h"
#include "engine/transport/peer_transport.h"
#include "engine/transport/testing/test_peer.h"
#include "engine/wire/datagram_kind.h"
#include "engine/wire/stun.h"

namespace {

using kcs::AsText;
using kcs::ByteReader;
using kcs::Bytes;
using kcs::MutableBytes;
using kcs::Protocol;
using kcs::SocketAddress;
using kcs::Timestamp;
using kcs::Tuple;
using namespace kcs::transport;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;
namespace crypto = kcs::crypto;
namespace wire = kcs::wire;

const crypto::DtlsContext& ServerContext() {
  static const crypto::DtlsContext context(crypto::Certificate::Generate());
  return context;
}
const crypto::DtlsContext& PeerContext() {
  static const crypto::DtlsContext context(crypto::Certificate::Generate());
  return context;
}
std::vector<crypto::Fingerprint> FingerprintOf(const crypto::DtlsContext& context) {
  return {{"sha-256", context.certificate().fingerprint_sha256()}};
}

Tuple TupleOf(std::uint8_t n) {
  return {SocketAddress::V4(192, 0, 2, n & 15, 5000), n & 1U,
          (n & 32) != 0 ? Protocol::kTcp : Protocol::kUdp};
}

class Scene {
 public:
  enum State : std::uint8_t { kNew, kIce, kConnecting, kConnected, kClosed, kStates };

  explicit Scene(std::uint8_t state) {
    if (state >= kIce) {
      peer_.Connect(server_.local_ice(), {TupleOf(0)}, FingerprintOf(ServerContext()), now_);
      Deliver(1);
    }
    if (state >= kConnecting) {
      KCS_CHECK(
          server_.Connect(RemoteDtlsRole::kClient, FingerprintOf(PeerContext()), now_, out_).has_value());
    }
    if (state >= kConnected) {
      Deliver(20);
      KCS_CHECK(server_.sealer() != nullptr);
    }
    if (state == kClosed) server_.Close(now_, out_);
  }

  void Step(std::uint8_t kind, std::uint8_t tuple, Bytes bytes) {
    std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
    switch (kind % 10) {
      case 0:
        return Stun(copy, TupleOf(tuple));
      case 1:
        return SignedStun(bytes, TupleOf(tuple));
      case 2:
        server_.OnDtls(copy, TupleOf(tuple), now_, out_);
        return;
      case 3:
        if (const auto opened = server_.OpenRtp(copy)) KCS_CHECK(opened->size() < copy.size());
        return;
      case 4:
        if (const auto opened = server_.OpenRtcp(copy)) KCS_CHECK(opened->size() < copy.size());
        return;
      case 5:
        return Wait(bytes);
      case 6:
        server_.RestartIce(entropy_, retired_);
        return;
      case 7:
        server_.OnTupleClosed(TupleOf(tuple), now_);
        return;
      case 8:
        server_.SendRtcp(bytes, out_);
        return;
      default:
        return Corrupt(bytes);
    }
  }

  void CheckInvariants() {
    const Tuple* selected = server_.selected_tuple();
    KCS_CHECK(selected == nullptr || server_.IsValidTuple(*selected));
    KCS_CHECK((server_.sealer() != nullptr) == (server_.dtls_state() == crypto::DtlsState::kConnected));
    KCS_CHECK(server_.ufrags().size() <= 1 + IceLite::kMaxPrevious);
    for (const EgressDatagram& d : out_.datagrams()) KCS_CHECK(d.size > 0);
    out_.Clear();
  }

 private:
  void Stun(Bytes bytes, const Tuple& tuple) {
    if (const auto message = wire::StunMessage::Parse(bytes))
      server_.OnStun(bytes, *message, tuple, now_, out_);
  }

  // The attributes are the fuzzer's, the proof is right: as from a malicious participant.
  void SignedStun(Bytes choices, const Tuple& tuple) {
    ByteReader in(choices);
    const std::uint8_t flags = in.U8();
    std::vector<std::uint8_t> memory(2048);
    wire::StunWriter writer(memory);
    writer.Begin(static_cast<wire::StunClass>(flags & 3), wire::kStunBinding, {});
    writer.AddUsername(server_.local_ice().username_fragment + ":" +
                       std::string(AsText(in.Read(in.U8() % 32))));
    if ((flags & 4) != 0) writer.AddPriority(in.U32());
    if ((flags & 8) != 0) writer.AddUseCandidate();
    if ((flags & 16) != 0) writer.AddIceControlled(in.U64());
    if ((flags & 32) != 0) writer.AddErrorCode(400, AsText(in.Read(in.U8() % 64)));
    memory.resize(writer.Finish(server_.local_ice().password));
    Stun(memory, tuple);
  }

  void Wait(Bytes bytes) {
    ByteReader in(bytes);
    now_ += std::chrono::milliseconds(in.U16());
    if (now_ >= server_.NextDeadline()) {
      server_.OnTimeout(now_, out_);
      KCS_CHECK(server_.NextDeadline() > now_);
    }
    peer_.Tick(now_);
  }

  // What the honest peer says next, with some bytes changed on the way.
  void Corrupt(Bytes changes) {
    for (auto& datagram : peer_.TakeOutgoing()) {
      ByteReader in(changes);
      while (in.remaining() >= 2) {
        const std::size_t at = in.U8();
        const std::uint8_t mask = in.U8();
        if (at < datagram.bytes.size()) datagram.bytes[at] ^= mask;
      }
      Give(datagram.tuple, datagram.bytes);
    }
  }

  void Give(const Tuple& tuple, std::vector<std::uint8_t>& bytes) {
    switch (wire::Classify(bytes)) {
      case wire::DatagramKind::kStun:
        return Stun(bytes, tuple);
      case wire::DatagramKind::kDtls:
        server_.OnDtls(bytes, tuple, now_, out_);
        return;
      case wire::DatagramKind::kRtp:
        static_cast<void>(server_.OpenRtp(bytes));
        return;
      case wire::DatagramKind::kRtcp:
        static_cast<void>(server_.OpenRtcp(bytes));
        return;
      case wire::DatagramKind::kUnknown:
        return;
    }
  }

  void Deliver(int rounds) {
    for (; rounds > 0; --rounds) {
      for (auto& datagram : peer_.TakeOutgoing()) Give(datagram.tuple, datagram.bytes);
      for (const EgressDatagram& d : out_.datagrams()) peer_.OnDatagram(d.tuple, out_.bytes(d), now_);
      out_.Clear();
    }
  }

  Timestamp now_{1000s};
  kcs::SeededEntropy entropy_{1};
  Outbox out_{1 << 16, 256};
  PeerTransport server_{ServerContext(), entropy_};
  kcs::transport::testing::TestPeer peer_{PeerContext(), entropy_};
  std::vector<std::string> retired_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in(Bytes(data, size));
  Scene scene(in.U8() % Scene::kStates);
  for (int steps = 0; in.remaining() > 0 && steps < 64; ++steps) {
    const std::uint8_t kind = in.U8();
    const std::uint8_t tuple = in.U8();
    const std::size_t length = in.U16() % 2048;
    scene.Step(kind, tuple, in.Read(std::min(length, in.remaining())));
    scene.CheckInvariants();
  }
  return 0;
}
