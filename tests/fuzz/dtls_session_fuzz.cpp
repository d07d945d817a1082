#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "engine/crypto/dtls.h"

// A DTLS session under attack from every state of its handshake. Byte 0: bits 0-2 the genuine flights before
// the attack, bit 3 the attacked role, bit 4 whether the other end's certificate is the signalled one. Then
// commands: raw datagrams, genuine ones damaged, lost ones, time-outs.
namespace kcs::crypto {
namespace {

struct World {
  DtlsContext victim{Certificate::Generate()};
  DtlsContext other{Certificate::Generate()};
};

class Game {
 public:
  Game(World& world, std::uint8_t mode)
      : honest_((mode & 16) == 0), victim_(world.victim), other_(world.other) {
    const bool server = (mode & 8) == 0;
    const Certificate& expected = honest_ ? world.other.certificate() : world.victim.certificate();
    victim_.Start(server ? DtlsRole::kServer : DtlsRole::kClient,
                  {{"sha-256", expected.fingerprint_sha256()}}, now_);
    other_.Start(server ? DtlsRole::kClient : DtlsRole::kServer,
                 {{"sha-256", world.victim.certificate().fingerprint_sha256()}}, now_);
    for (int flight = 0; flight < (mode & 7); ++flight) Exchange();
  }

  void Exchange() {
    for (auto& datagram : other_.TakeOutgoing()) victim_.OnDatagram(datagram, now_);
    for (auto& datagram : victim_.TakeOutgoing()) other_.OnDatagram(datagram, now_);
  }

  void Command(ByteReader& input) {
    switch (input.U8() % 6) {
      case 0:
        victim_.OnDatagram(input.Read(std::min<std::size_t>(input.U16() % 1500, input.remaining())), now_);
        break;
      case 1:
        Damaged(input);
        break;
      case 2:
        (void)other_.TakeOutgoing();  // lost
        break;
      case 3:
        now_ += Duration(input.U24());
        victim_.OnTimeout(now_);
        other_.OnTimeout(now_);
        break;
      case 4:
        Exchange();
        break;
      default:
        victim_.OnDatagram(last_, now_);  // replayed
        break;
    }
    Check();
  }

 private:
  void Damaged(ByteReader& input) {
    for (auto& datagram : other_.TakeOutgoing()) {
      for (std::size_t count = input.U8() % 8; count > 0; --count) {
        datagram[input.U16() % datagram.size()] = input.U8();
      }
      victim_.OnDatagram(datagram, now_);
      last_ = datagram;
    }
  }

  void Check() {
    const bool connected = victim_.state() == DtlsState::kConnected;
    KCS_CHECK(!connected || (honest_ && victim_.srtp_keys() != nullptr));
    KCS_CHECK(victim_.NextDeadline() == kNever || victim_.state() == DtlsState::kConnecting ||
              victim_.NextDeadline() <= now_ + DtlsSession::kLastFlightKept);
    const auto flight = victim_.TakeOutgoing();
    KCS_CHECK(flight.size() <= DtlsSession::kMaxOutgoing);
    for (const auto& datagram : flight) {
      KCS_CHECK(datagram.size() <= DtlsSession::kMtu);
      other_.OnDatagram(datagram, now_);
    }
  }

  bool honest_;
  Timestamp now_{1s};
  DtlsSession victim_;
  DtlsSession other_;
  std::vector<std::uint8_t> last_;
};

}  // namespace
}  // namespace kcs::crypto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static kcs::crypto::World world;
  kcs::ByteReader input(kcs::Bytes(data, size));
  kcs::crypto::Game game(world, input.U8());
  for (int commands = 0; input.remaining() > 0 && commands < 100; ++commands) game.Command(input);
  return 0;
}
