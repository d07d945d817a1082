#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "engine/crypto/srtp_session_keys.h"

// The seam between SRTP and the library that computes: packets on one side, ciphers on the other. A backend
// is used by one thread.
namespace kcs::crypto {

// Expanded keys for one direction of one kind of packet, in the form that their backend likes.
class SrtpCipher {
 public:
  virtual ~SrtpCipher() = default;
};
// About how much of it a packet touches: the keys and the powers of the hash key.
inline constexpr std::size_t kHotKeys = 512;

// One packet to seal: `packet` begins with `header_size` bytes of clear header, already in place; prefix and
// body are encrypted behind it. The header and the trailer are authenticated in the clear. Members are left
// unset on purpose: a batch of these is made on the stack for every burst.
struct SealOp {
  const SrtpCipher* cipher;
  SrtpIvMaker::Iv iv;
  std::uint8_t* packet;
  std::size_t header_size;
  Bytes prefix;
  Bytes body;                           // may be where it will be encrypted to, else must not overlap
  std::array<std::uint8_t, 4> trailer;  // the word authenticated behind the text: see below
  std::size_t trailer_size;             // 0 or 4
  std::uint8_t* tag;  // TagSize(profile) bytes; AES-CM may use 4 bytes behind the text on the way

  std::uint8_t* text() const { return packet + header_size; }
  std::size_t text_size() const { return prefix.size() + body.size(); }
};
// Trailers: AEAD RTP none. AES-CM RTP the roll-over counter (RFC 3711 4.2). RTCP the word E | SRTCP index,
// which RFC 7714 9.2 puts into the associated data and RFC 3711 3.4 between text and tag.

// One packet to open in place. header, text and, in its place, the trailer are authenticated.
struct OpenOp {
  const SrtpCipher* cipher;
  SrtpIvMaker::Iv iv;
  Bytes header;
  MutableBytes text;  // follows the header
  Bytes trailer;      // 0 or 4 bytes
  Bytes tag;
};

class SrtpBackend {
 public:
  enum class Direction : std::uint8_t { kSeal, kOpen };

  virtual ~SrtpBackend() = default;
  virtual const char* name() const = 0;
  virtual std::unique_ptr<SrtpCipher> MakeCipher(const SrtpSessionKeys& keys, Direction direction) = 0;
  virtual void Seal(std::span<const SealOp> ops) = 0;
  // False when the tag is wrong; the text is then as it was.
  [[nodiscard]] virtual bool Open(const OpenOp& op) = 0;
};

// More than this many operations are given to Seal in pieces.
inline constexpr std::size_t kMaxSealBatch = 32;

std::unique_ptr<SrtpBackend> MakeOpenSslBackend();
// nullptr where the CPU lacks AES or carry-less multiplication instructions.
std::unique_ptr<SrtpBackend> MakeIpsecMbBackend();

// What the backend of this thread is; declared in srtp.h too.
SrtpBackend& DefaultBackend();

}  // namespace kcs::crypto
