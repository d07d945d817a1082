#include "engine/transport/testing/ice_client.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/wire/ice_check.h"
#include "engine/wire/stun.h"
#include "engine/wire/stun_integrity.h"

namespace kcs::transport::testing {
namespace {

// Puts an empty attribute of a foreign type in front of MESSAGE-INTEGRITY, which no writer of ours would.
std::vector<std::uint8_t> WithUnknownAttribute(const std::vector<std::uint8_t>& message, std::size_t size,
                                               const IceClient::CheckOptions& options) {
  constexpr std::size_t kFingerprintSize = 8;
  constexpr std::size_t kIntegrityOffsetInAttribute = 4;
  std::vector<std::uint8_t> out(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
  out.resize(size - kFingerprintSize + 4);
  StoreU16(&out[out.size() - 4], options.unknown_required);
  StoreU16(&out[out.size() - 2], 0);
  const std::size_t integrity = out.size();
  out.resize(integrity + kIntegrityOffsetInAttribute + wire::kStunIntegritySize);
  StoreU16(&out[integrity], static_cast<std::uint16_t>(wire::StunAttribute::kMessageIntegrity));
  StoreU16(&out[integrity + 2], wire::kStunIntegritySize);
  StoreU16(&out[2], static_cast<std::uint16_t>(out.size() - wire::kStunHeaderSize));
  const auto hmac = wire::ComputeStunIntegrity(out, integrity, options.password);
  std::copy(hmac.begin(), hmac.end(), out.begin() + static_cast<std::ptrdiff_t>(integrity + 4));
  const std::size_t fingerprint = out.size();
  out.resize(fingerprint + kFingerprintSize);
  StoreU16(&out[fingerprint], static_cast<std::uint16_t>(wire::StunAttribute::kFingerprint));
  StoreU16(&out[fingerprint + 2], 4);
  StoreU16(&out[2], static_cast<std::uint16_t>(out.size() - wire::kStunHeaderSize));
  // RFC 8489 14.7: the CRC-32 of the message before the attribute, XORed with 0x5354554e.
  std::uint32_t crc = 0xffffffff;
  for (std::size_t i = 0; i < fingerprint; ++i) {
    crc ^= out[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
  }
  StoreU32(&out[fingerprint + 4], ~crc ^ 0x5354554eU);
  return out;
}

}  // namespace

IceClient::IceClient(Entropy& entropy)
    : entropy_(entropy), ufrag_(entropy.Token(4)), tie_breaker_(entropy.NextU64()) {}

void IceClient::Start(const IceParameters& remote, const std::vector<Tuple>& paths, Timestamp now) {
  remote_ = remote;
  SetPaths(paths, now);
}

void IceClient::Restart(const IceParameters& remote, Timestamp now) {
  remote_ = remote;
  ufrag_ = entropy_.Token(4);
  for (Path& path : paths_) path.next_check = now;
}

void IceClient::SetPaths(const std::vector<Tuple>& paths, Timestamp now) {
  KCS_CHECK(!paths.empty());
  paths_.clear();
  selected_.reset();
  for (const Tuple& tuple : paths) {
    Path path;
    path.tuple = tuple;
    path.priority = wire::PeerReflexivePriority(paths_.size());
    path.next_check = now;
    paths_.push_back(path);
  }
}

void IceClient::Select(const Tuple& tuple, Timestamp now) {
  for (Path& path : paths_) {
    path.next_check = now;
    if (path.tuple == tuple) selected_ = tuple;
  }
}

void IceClient::OnStun(const Tuple& tuple, Bytes datagram, Timestamp now) {
  const auto message = wire::StunMessage::Parse(datagram);
  if (!message || !wire::FingerprintOk(datagram, *message)) return;
  if (!wire::IntegrityOk(datagram, *message, remote_.password)) return;
  const auto path =
      std::find_if(paths_.begin(), paths_.end(), [&](const Path& p) { return p.tuple == tuple; });
  if (path == paths_.end() || path->transaction != message->transaction_id) return;
  if (message->message_class == wire::StunClass::kError) {
    errors_.push_back(message->error_code.value_or(0));
    return;
  }
  if (message->message_class != wire::StunClass::kSuccess) return;
  path->works = true;
  path->mapped = message->mapped_address;
  path->next_check = now + kKeepInterval;
  if (!selected_) {
    selected_ = tuple;
    path->next_check = now;  // to nominate it
  }
}

void IceClient::Tick(Timestamp now, std::vector<Datagram>& out) {
  for (Path& path : paths_) {
    if (now < path.next_check) continue;
    const bool use_candidate = aggressive_ || selected_ == path.tuple;
    const std::vector<std::uint8_t> check = MakeCheck(DefaultCheck(path.tuple, use_candidate));
    std::copy_n(check.begin() + 8, path.transaction.size(), path.transaction.begin());
    path.next_check = now + (path.works ? kKeepInterval : kCheckInterval);
    out.push_back({path.tuple, check});
  }
}

Timestamp IceClient::NextDeadline() const {
  Timestamp deadline = kNever;
  for (const Path& path : paths_) deadline = std::min(deadline, path.next_check);
  return deadline;
}

IceClient::CheckOptions IceClient::DefaultCheck(const Tuple& tuple, bool use_candidate) const {
  CheckOptions options;
  options.username = remote_.username_fragment + ":" + ufrag_;
  options.password = remote_.password;
  options.use_candidate = use_candidate;
  for (const Path& path : paths_) {
    if (path.tuple == tuple) options.priority = path.priority;
  }
  return options;
}

std::vector<std::uint8_t> IceClient::MakeCheck(const CheckOptions& options) {
  std::vector<std::uint8_t> message(512);
  wire::TransactionId transaction{};
  entropy_.Fill(transaction);
  wire::StunWriter writer(message);
  wire::BeginIceCheck({.username = options.username,
                       .tie_breaker = tie_breaker_,
                       .priority = options.priority,
                       .controlled = options.controlled,
                       .use_candidate = options.use_candidate},
                      transaction, writer);
  if (options.unknown_required != 0) {
    return WithUnknownAttribute(message, writer.FinishWithoutIntegrity(), options);
  }
  message.resize(writer.Finish(options.password));
  return message;
}

}  // namespace kcs::transport::testing
