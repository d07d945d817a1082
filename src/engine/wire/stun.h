#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/socket_address.h"
#include "engine/wire/bounded_list.h"

// STUN (RFC 8489) as ICE uses it (RFC 8445 section 16.1).
namespace kcs::wire {

enum class StunClass : std::uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

inline constexpr std::uint16_t kStunBinding = 1;  // the only method of ICE
inline constexpr std::size_t kStunHeaderSize = 20;
// Larger messages are taken for malformed: a connectivity check has about 100 bytes.
inline constexpr std::size_t kMaxStunSize = 2048;

using TransactionId = std::array<std::uint8_t, 12>;

enum class StunAttribute : std::uint16_t {
  kMappedAddress = 0x0001,
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000a,
  kXorMappedAddress = 0x0020,
  kPriority = 0x0024,
  kUseCandidate = 0x0025,
  kSoftware = 0x8022,
  kFingerprint = 0x8028,
  kIceControlled = 0x8029,
  kIceControlling = 0x802a,
  kNomination = 0xc001,  // draft-thatcher-ice-renomination, as Chromium sends it
};

// A parsed message; the texts lie in the parsed bytes. Of an attribute that comes twice, the first counts.
// Attributes behind MESSAGE-INTEGRITY other than FINGERPRINT are ignored.
struct StunMessage {
  StunClass message_class = StunClass::kRequest;
  std::uint16_t method = 0;
  TransactionId transaction_id{};

  std::optional<std::string_view> username;
  std::optional<std::string_view> software;
  std::optional<std::uint32_t> priority;
  bool use_candidate = false;
  std::optional<std::uint64_t> ice_controlling;  // tie breaker
  std::optional<std::uint64_t> ice_controlled;   // tie breaker
  std::optional<std::uint32_t> nomination;
  std::optional<SocketAddress> mapped_address;  // from XOR-MAPPED-ADDRESS
  std::optional<std::uint16_t> error_code;      // 300..699

  // Types below 0x8000 that we do not understand: a request with any of them is answered with error 420.
  BoundedList<std::uint16_t, 8> unknown_required;

  // Where the attribute (its header) begins in the message, if it is there.
  std::optional<std::uint16_t> integrity_offset;
  std::optional<std::uint16_t> fingerprint_offset;

  // `message` is the whole datagram. nullopt: not STUN, lengths that contradict each other, an attribute we
  // understand with a wrong size, or anything behind FINGERPRINT.
  static std::optional<StunMessage> Parse(Bytes message);
};

// True if the message has a FINGERPRINT and it is right (RFC 8489 14.7). `raw` is what was parsed.
bool FingerprintOk(Bytes raw, const StunMessage& message);

// Writes one message into the caller's memory (at most kMaxStunSize bytes of it are used).
class StunWriter {
 public:
  explicit StunWriter(MutableBytes out);

  void Begin(StunClass message_class, std::uint16_t method, const TransactionId& transaction_id);
  void AddUsername(std::string_view username);
  void AddSoftware(std::string_view software);
  void AddPriority(std::uint32_t priority);
  void AddUseCandidate();
  void AddIceControlling(std::uint64_t tie_breaker);
  void AddIceControlled(std::uint64_t tie_breaker);
  void AddNomination(std::uint32_t nomination);
  void AddXorMappedAddress(const SocketAddress& address);  // IPv4-mapped addresses are written as IPv4
  void AddErrorCode(std::uint16_t code, std::string_view reason);
  void AddUnknownAttributes(std::span<const std::uint16_t> types);

  // Adds MESSAGE-INTEGRITY with this password and FINGERPRINT. Returns the size of the message, 0 if it did
  // not fit.
  std::size_t Finish(std::string_view password);
  // The same without MESSAGE-INTEGRITY: answers to requests that could not be authenticated.
  std::size_t FinishWithoutIntegrity();

 private:
  void AddAttribute(StunAttribute type, Bytes value);
  void AddNumber32(StunAttribute type, std::uint32_t value);
  void AddNumber64(StunAttribute type, std::uint64_t value);

  MutableBytes out_;
  ByteWriter writer_;
};

}  // namespace kcs::wire
