#include <array>

#include "base/check.h"
#include "engine/wire/stun.h"
#include "engine/wire/stun_integrity.h"

// Any bytes as a STUN message; what is understood is written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kcs;
  using namespace kcs::wire;
  const Bytes raw(data, size);
  const auto m = StunMessage::Parse(raw);
  if (!m) return 0;
  static_cast<void>(FingerprintOk(raw, *m));
  static_cast<void>(IntegrityOk(raw, *m, "password"));

  std::array<std::uint8_t, kMaxStunSize> memory{};
  // A first byte of the transaction id chooses a buffer that may be too small.
  StunWriter writer(MutableBytes(memory).first(std::size_t{m->transaction_id[0]} * 8));
  writer.Begin(m->message_class, m->method, m->transaction_id);
  if (m->username) writer.AddUsername(*m->username);
  if (m->software) writer.AddSoftware(*m->software);
  if (m->priority) writer.AddPriority(*m->priority);
  if (m->use_candidate) writer.AddUseCandidate();
  if (m->ice_controlling) writer.AddIceControlling(*m->ice_controlling);
  if (m->ice_controlled) writer.AddIceControlled(*m->ice_controlled);
  if (m->nomination) writer.AddNomination(*m->nomination);
  if (m->mapped_address) writer.AddXorMappedAddress(*m->mapped_address);
  if (m->error_code) writer.AddErrorCode(*m->error_code, "reason");
  writer.AddUnknownAttributes(m->unknown_required.span());
  const std::size_t written = writer.Finish("password");
  if (written == 0) return 0;

  const Bytes out(memory.data(), written);
  const auto again = StunMessage::Parse(out);
  KCS_CHECK(again && FingerprintOk(out, *again) && IntegrityOk(out, *again, "password"));
  KCS_CHECK(again->message_class == m->message_class && again->method == m->method);
  KCS_CHECK(again->username == m->username && again->software == m->software &&
            again->priority == m->priority);
  KCS_CHECK(again->ice_controlling == m->ice_controlling && again->ice_controlled == m->ice_controlled);
  KCS_CHECK(again->mapped_address == m->mapped_address && again->error_code == m->error_code);
  KCS_CHECK(again->use_candidate == m->use_candidate && again->nomination == m->nomination);
  return 0;
}
