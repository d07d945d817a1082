#include "engine/wire/stun.h"

#include <algorithm>

#include "base/check.h"
#include "engine/wire/stun_integrity.h"

namespace kcs::wire {
namespace {

constexpr std::uint32_t kMagicCookie = 0x2112a442;
constexpr std::uint32_t kFingerprintMask = 0x5354554e;  // "STUN"
constexpr std::size_t kAttributeHeaderSize = 4;
constexpr std::size_t kIntegritySize = 20;
constexpr std::size_t kFingerprintSize = 4;
constexpr std::size_t kMaxUsernameSize =
    513;  // two fragments of at most 256 characters and a colon (RFC 8445 5.3)
constexpr std::uint8_t kFamilyV4 = 1;
constexpr std::uint8_t kFamilyV6 = 2;

constexpr std::array<std::uint32_t, 256> MakeCrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xedb88320U ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = MakeCrcTable();

// CRC-32 of ITU V.42, as RFC 8489 14.7 wants it.
std::uint32_t Crc32(Bytes data) {
  std::uint32_t crc = 0xffffffff;
  for (const std::uint8_t byte : data) crc = kCrcTable[(crc ^ byte) & 0xff] ^ (crc >> 8);
  return ~crc;
}

std::size_t PaddedTo4(std::size_t size) { return (size + 3) / 4 * 4; }

// The address of an attribute is xored with the cookie and, for IPv6, the transaction id: what the header
// holds at 4.
std::array<std::uint8_t, 16> XorMask(const TransactionId& id) {
  std::array<std::uint8_t, 16> mask{};
  StoreU32(mask.data(), kMagicCookie);
  std::memcpy(mask.data() + 4, id.data(), id.size());
  return mask;
}

// RFC 8489 14.2:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |0 0 0 0 0 0 0 0|    Family     |         X-Port                |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                X-Address (32 or 128 bits)                     |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<SocketAddress> ParseXorAddress(Bytes value, const TransactionId& id) {
  if (value.size() != 8 && value.size() != 20) return std::nullopt;
  const std::array<std::uint8_t, 16> mask = XorMask(id);
  std::array<std::uint8_t, 16> ip{};
  for (std::size_t i = 0; i + 4 < value.size(); ++i) ip[i] = value[4 + i] ^ mask[i];
  const auto port = static_cast<std::uint16_t>(LoadU16(value.data() + 2) ^ (kMagicCookie >> 16));
  if (value[1] == kFamilyV4 && value.size() == 8) return SocketAddress::V4(ip[0], ip[1], ip[2], ip[3], port);
  if (value[1] == kFamilyV6 && value.size() == 20) return SocketAddress{ip, port};
  return std::nullopt;
}

// RFC 8489 14.8:
//   |           Reserved, should be 0         |Class|     Number    |
std::optional<std::uint16_t> ParseErrorCode(Bytes value) {
  if (value.size() < 4) return std::nullopt;
  const int error_class = value[2] & 0x07;
  if (error_class < 3 || error_class > 6 || value[3] > 99) return std::nullopt;
  return static_cast<std::uint16_t>(error_class * 100 + value[3]);
}

template <typename T, typename U>
void SetOnce(std::optional<T>& field, U value) {
  if (!field) field = value;
}

// False if an attribute that we understand is malformed.
bool TakeAttribute(StunMessage& m, std::uint16_t type, Bytes value, std::size_t offset) {
  switch (static_cast<StunAttribute>(type)) {
    case StunAttribute::kUsername:
      SetOnce(m.username, AsText(value));
      return value.size() <= kMaxUsernameSize;
    case StunAttribute::kSoftware:
      SetOnce(m.software, AsText(value));
      return true;
    case StunAttribute::kPriority:
      if (value.size() != 4) return false;
      SetOnce(m.priority, LoadU32(value.data()));
      return true;
    case StunAttribute::kNomination:
      if (value.size() == 4) SetOnce(m.nomination, LoadU32(value.data()));
      return true;  // not a standard: no reason to reject a message
    case StunAttribute::kUseCandidate:
      m.use_candidate = true;
      return value.empty();
    case StunAttribute::kIceControlling:
      if (value.size() != 8) return false;
      SetOnce(m.ice_controlling, LoadU64(value.data()));
      return true;
    case StunAttribute::kIceControlled:
      if (value.size() != 8) return false;
      SetOnce(m.ice_controlled, LoadU64(value.data()));
      return true;
    case StunAttribute::kXorMappedAddress: {
      const std::optional<SocketAddress> address = ParseXorAddress(value, m.transaction_id);
      if (address) SetOnce(m.mapped_address, *address);
      return address.has_value();
    }
    case StunAttribute::kErrorCode: {
      const std::optional<std::uint16_t> code = ParseErrorCode(value);
      if (code) SetOnce(m.error_code, *code);
      return code.has_value();
    }
    case StunAttribute::kMessageIntegrity:
      m.integrity_offset = static_cast<std::uint16_t>(offset);
      return value.size() == kIntegritySize;
    case StunAttribute::kFingerprint:
      m.fingerprint_offset = static_cast<std::uint16_t>(offset);
      return value.size() == kFingerprintSize;
    case StunAttribute::kMappedAddress:
    case StunAttribute::kUnknownAttributes:
      return true;  // understood, of no use to us
  }
  // Comprehension is required for types below 0x8000. A full list is long enough for an answer.
  if (type < 0x8000) m.unknown_required.PushBack(type);
  return true;
}

}  // namespace

// RFC 8489 5:
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |0 0|     STUN message type     |         message length        |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                   magic cookie (0x2112A442)                   |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                   transaction id (96 bits)                    |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// Message type: method bits M and class bits C:  M11..M7 C1 M6..M4 C0 M3..M0
// Each attribute (14): type (16), length (16, without padding), value, padding to 32 bits.
std::optional<StunMessage> StunMessage::Parse(Bytes message) {
  if (message.size() > kMaxStunSize) return std::nullopt;
  ByteReader in(message);
  const std::uint16_t type = in.U16();
  const std::uint16_t length = in.U16();
  const std::uint32_t cookie = in.U32();
  const Bytes id = in.Read(12);
  if (!in.ok() || (type & 0xc000) != 0 || cookie != kMagicCookie) return std::nullopt;
  // "The message length MUST contain the size of the message in bytes, not including the 20-byte STUN
  // header."
  if (length != in.remaining() || length % 4 != 0) return std::nullopt;

  StunMessage m;
  m.message_class = static_cast<StunClass>(((type >> 7) & 2) | ((type >> 4) & 1));
  m.method = static_cast<std::uint16_t>((type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2));
  std::memcpy(m.transaction_id.data(), id.data(), id.size());

  while (in.remaining() > 0) {
    // "When present, the FINGERPRINT attribute MUST be the last attribute in the message."
    if (m.fingerprint_offset) return std::nullopt;
    const std::size_t offset = in.position();
    const std::uint16_t attribute = in.U16();
    const std::size_t size = in.U16();
    const Bytes value = in.Read(size);
    in.Skip(PaddedTo4(size) - size);
    if (!in.ok()) return std::nullopt;
    // "agents MUST ignore all other attributes that follow MESSAGE-INTEGRITY" (but FINGERPRINT)
    if (m.integrity_offset && attribute != static_cast<std::uint16_t>(StunAttribute::kFingerprint)) continue;
    if (!TakeAttribute(m, attribute, value, offset)) return std::nullopt;
  }
  return m;
}

bool FingerprintOk(Bytes raw, const StunMessage& message) {
  if (!message.fingerprint_offset) return false;
  const std::size_t offset = *message.fingerprint_offset;
  if (raw.size() < offset + kAttributeHeaderSize + kFingerprintSize) return false;
  return LoadU32(raw.data() + offset + kAttributeHeaderSize) == (Crc32(raw.first(offset)) ^ kFingerprintMask);
}

StunWriter::StunWriter(MutableBytes out)
    : out_(out.first(std::min(out.size(), kMaxStunSize))), writer_(out_) {}

void StunWriter::Begin(StunClass message_class, std::uint16_t method, const TransactionId& transaction_id) {
  const auto c = static_cast<unsigned>(message_class);
  const unsigned m = method;
  writer_ = ByteWriter(out_);
  writer_.U16(static_cast<std::uint16_t>(((m & 0x0f80) << 2) | ((m & 0x0070) << 1) | (m & 0x000f) |
                                         ((c & 2) << 7) | ((c & 1) << 4)));
  writer_.U16(0);  // the length, stored at the end
  writer_.U32(kMagicCookie);
  writer_.Write(transaction_id);
}

void StunWriter::AddAttribute(StunAttribute type, Bytes value) {
  writer_.U16(static_cast<std::uint16_t>(type));
  writer_.U16(static_cast<std::uint16_t>(value.size()));
  writer_.Write(value);
  writer_.Zeros(PaddedTo4(value.size()) - value.size());
}

void StunWriter::AddUsername(std::string_view username) {
  AddAttribute(StunAttribute::kUsername, AsBytes(username));
}

void StunWriter::AddSoftware(std::string_view software) {
  AddAttribute(StunAttribute::kSoftware, AsBytes(software));
}

void StunWriter::AddPriority(std::uint32_t priority) { AddNumber32(StunAttribute::kPriority, priority); }

void StunWriter::AddUseCandidate() { AddAttribute(StunAttribute::kUseCandidate, {}); }

void StunWriter::AddIceControlling(std::uint64_t tie_breaker) {
  AddNumber64(StunAttribute::kIceControlling, tie_breaker);
}

void StunWriter::AddIceControlled(std::uint64_t tie_breaker) {
  AddNumber64(StunAttribute::kIceControlled, tie_breaker);
}

void StunWriter::AddNomination(std::uint32_t nomination) {
  AddNumber32(StunAttribute::kNomination, nomination);
}

void StunWriter::AddNumber32(StunAttribute type, std::uint32_t value) {
  std::array<std::uint8_t, 4> bytes{};
  StoreU32(bytes.data(), value);
  AddAttribute(type, bytes);
}

void StunWriter::AddNumber64(StunAttribute type, std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  StoreU64(bytes.data(), value);
  AddAttribute(type, bytes);
}

void StunWriter::AddXorMappedAddress(const SocketAddress& address) {
  if (writer_.size() < kStunHeaderSize) return;  // no room for the header: the writer has failed already
  TransactionId id{};
  std::memcpy(id.data(), out_.data() + 8, id.size());
  const std::array<std::uint8_t, 16> mask = XorMask(id);

  std::array<std::uint8_t, 20> value{};
  const bool v4 = address.is_v4();
  value[1] = v4 ? kFamilyV4 : kFamilyV6;
  StoreU16(value.data() + 2, static_cast<std::uint16_t>(address.port ^ (kMagicCookie >> 16)));
  const Bytes ip = v4 ? Bytes(address.ip).last(4) : Bytes(address.ip);
  for (std::size_t i = 0; i < ip.size(); ++i) value[4 + i] = ip[i] ^ mask[i];
  AddAttribute(StunAttribute::kXorMappedAddress, Bytes(value).first(4 + ip.size()));
}

void StunWriter::AddErrorCode(std::uint16_t code, std::string_view reason) {
  KCS_CHECK(code >= 300 && code < 700);
  const std::size_t size = 4 + reason.size();
  writer_.U16(static_cast<std::uint16_t>(StunAttribute::kErrorCode));
  writer_.U16(static_cast<std::uint16_t>(size));
  writer_.U16(0);
  writer_.U8(static_cast<std::uint8_t>(code / 100));
  writer_.U8(static_cast<std::uint8_t>(code % 100));
  writer_.Write(AsBytes(reason));
  writer_.Zeros(PaddedTo4(size) - size);
}

void StunWriter::AddUnknownAttributes(std::span<const std::uint16_t> types) {
  const std::size_t size = 2 * types.size();
  writer_.U16(static_cast<std::uint16_t>(StunAttribute::kUnknownAttributes));
  writer_.U16(static_cast<std::uint16_t>(size));
  for (const std::uint16_t type : types) writer_.U16(type);
  writer_.Zeros(PaddedTo4(size) - size);
}

std::size_t StunWriter::Finish(std::string_view password) {
  const std::size_t offset = writer_.size();
  AddAttribute(StunAttribute::kMessageIntegrity, std::array<std::uint8_t, kIntegritySize>{});
  if (!writer_.ok()) return 0;
  const auto hmac = ComputeStunIntegrity(writer_.written(), offset, password);
  std::memcpy(out_.data() + offset + kAttributeHeaderSize, hmac.data(), hmac.size());
  return FinishWithoutIntegrity();
}

std::size_t StunWriter::FinishWithoutIntegrity() {
  const std::size_t offset = writer_.size();
  AddNumber32(StunAttribute::kFingerprint, 0);
  if (!writer_.ok()) return 0;
  // The checksum covers the header with the final length.
  StoreU16(out_.data() + 2, static_cast<std::uint16_t>(writer_.size() - kStunHeaderSize));
  StoreU32(out_.data() + offset + kAttributeHeaderSize, Crc32(Bytes(out_).first(offset)) ^ kFingerprintMask);
  return writer_.size();
}

}  // namespace kcs::wire
