#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/srtp.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "engine/crypto/dtls_alert_reader.h"
#include "engine/crypto/dtls_impl.h"

namespace kcs::crypto {
namespace {

constexpr std::size_t kRecordHeader = 13;

// RFC 7983: the first byte of a DTLS record on a shared port.
bool LooksLikeRecord(Bytes datagram) {
  return datagram.size() >= kRecordHeader && datagram[0] >= 20 && datagram[0] <= 63;
}

// Of the protected records (those of an epoch above 0), one that has no room for what its cipher adds: the
// tag, and with AES-GCM the explicit nonce (RFC 5288 3). RFC 6347 4.1.2.7: "invalid records SHOULD be
// silently discarded, thus preserving the association"; OpenSSL 3.0 takes this one for an error of its own,
// and closes.
bool HasTruncatedRecord(const SSL* ssl, Bytes datagram) {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl);
  const bool chacha = cipher != nullptr && SSL_CIPHER_get_cipher_nid(cipher) == NID_chacha20_poly1305;
  const std::size_t least = chacha ? 16 : 8 + 16;
  while (datagram.size() >= kRecordHeader) {
    const std::size_t epoch = LoadU16(datagram.data() + 3);
    const std::size_t length = LoadU16(datagram.data() + 11);
    if (epoch > 0 && length < least) return true;
    datagram = datagram.subspan(std::min(datagram.size(), kRecordHeader + length));
  }
  return false;
}

std::optional<SrtpProfile> SelectedProfile(SSL* ssl) {
  const SRTP_PROTECTION_PROFILE* const selected = SSL_get_selected_srtp_profile(ssl);
  if (selected == nullptr) return std::nullopt;
  switch (selected->id) {
    case SRTP_AEAD_AES_128_GCM:
      return SrtpProfile::kAeadAes128Gcm;
    case SRTP_AEAD_AES_256_GCM:
      return SrtpProfile::kAeadAes256Gcm;
    case SRTP_AES128_CM_SHA1_80:
      return SrtpProfile::kAesCm128HmacSha1_80;
    default:
      return std::nullopt;
  }
}

// RFC 5764 4.2: client key | server key | client salt | server salt.
bool ExportKeys(SSL* ssl, SrtpProfile profile, DtlsRole role, SrtpKeys& keys) {
  constexpr std::string_view kLabel = "EXTRACTOR-dtls_srtp";
  const std::size_t key_size = MasterKeySize(profile);
  const std::size_t salt_size = MasterSaltSize(profile);
  std::array<std::uint8_t, 2 * (32 + 14)> material;
  const int exported = SSL_export_keying_material(ssl, material.data(), 2 * (key_size + salt_size),
                                                  kLabel.data(), kLabel.size(), nullptr, 0, 0);
  SrtpKey client;
  client.profile = profile;
  client.key_size = key_size;
  client.salt_size = salt_size;
  SrtpKey server = client;
  const auto* from = material.data();
  std::copy_n(from, key_size, client.key.begin());
  std::copy_n(from + key_size, key_size, server.key.begin());
  std::copy_n(from + 2 * key_size, salt_size, client.salt.begin());
  std::copy_n(from + 2 * key_size + salt_size, salt_size, server.salt.begin());
  OPENSSL_cleanse(material.data(), material.size());
  keys.local = role == DtlsRole::kClient ? client : server;
  keys.remote = role == DtlsRole::kClient ? server : client;
  return exported == 1;
}

}  // namespace

struct DtlsSession::Impl : DtlsCallbackState {
  explicit Impl(const DtlsContext& c) : context(&c) { pipe.max_outgoing = kMaxOutgoing; }
  ~Impl() { OPENSSL_cleanse(&keys, sizeof(keys)); }

  void Start(DtlsRole as, Timestamp now);
  void Advance(Timestamp now);
  void Established();
  void ReadRecords();
  void OnError(int result);
  void End(DtlsState final_state, DtlsFailure reason);
  void FreeSsl();
  void SendCloseNotify();
  void LetHandshakeGo();
  bool OnAlert(Bytes datagram);
  void Retransmit(Timestamp now);
  void FollowTimer(Timestamp now);

  // DTLS_set_timer_cb: called with 0 for a new flight, else with the last duration for one more try.
  static unsigned int ChooseTimeout(SSL* ssl, unsigned int last_us);

  const DtlsContext* context;
  DtlsRole role = DtlsRole::kServer;
  DtlsState state = DtlsState::kNew;
  DtlsFailure failure = DtlsFailure::kNone;
  bool have_keys = false;
  SrtpKeys keys;
  DatagramPipe pipe;
  Duration retransmission{};
  Timestamp retransmit_at = kNever;
  Timestamp give_up_at = kNever;
  Timestamp let_go_at = kNever;
  // In place of `ssl`, once that is let go: to hear the peer's end, and to say ours.
  std::optional<DtlsAlertReader> alerts;
  std::vector<std::uint8_t> close_notify;
  SslPtr ssl;  // last: its BIO points to `pipe`
};

void DtlsSession::Impl::Start(DtlsRole as, Timestamp now) {
  role = as;
  ssl.reset(SSL_new(context->impl().ssl_ctx.get()));
  KCS_CHECK(ssl);
  SSL_set_app_data(ssl.get(), static_cast<DtlsCallbackState*>(this));
  BIO* const bio = MakeDatagramBio(pipe);
  SSL_set_bio(ssl.get(), bio, bio);  // takes it
  KCS_CHECK(SSL_set_mtu(ssl.get(), kMtu) == kMtu);
  DTLS_set_timer_cb(ssl.get(), &ChooseTimeout);
  state = DtlsState::kConnecting;
  if (role == DtlsRole::kServer) {
    SSL_set_accept_state(ssl.get());
    return;
  }
  SSL_set_connect_state(ssl.get());
  give_up_at = now + kHandshakeTimeout;
  Advance(now);
}

unsigned int DtlsSession::Impl::ChooseTimeout(SSL* ssl, unsigned int last_us) {
  auto& self = static_cast<Impl&>(CallbackStateOf(ssl));
  self.retransmission =
      last_us == 0 ? kFirstRetransmission : std::min(2 * self.retransmission, kLastRetransmission);
  // OpenSSL looks at the wall clock at every read. Where we can end its wait ourselves it is told to wait for
  // an hour; where not, our clock and the wall's must agree, as they do in a process but not in a simulation.
  constexpr auto kLong = std::chrono::microseconds(1h);
  const auto wait = LibraryLendsItsTimer() ? kLong : std::chrono::microseconds(self.retransmission);
  return static_cast<unsigned int>(wait.count());
}

void DtlsSession::Impl::FollowTimer(Timestamp now) {
  if (pipe.timer_started) retransmit_at = now + retransmission;
  if (!pipe.timer_running) retransmit_at = kNever;
  pipe.timer_started = false;
}

void DtlsSession::Impl::Advance(Timestamp now) {
  ERR_clear_error();
  if (state == DtlsState::kConnecting) {
    const int result = SSL_do_handshake(ssl.get());
    if (result == 1) {
      Established();
    } else {
      OnError(result);
    }
  }
  if (state == DtlsState::kConnected) ReadRecords();
  if (state == DtlsState::kConnected) let_go_at = now + kLastFlightKept;
  FollowTimer(now);
}

void DtlsSession::Impl::Established() {
  // The handshake fails before this without a matching certificate; nothing may hang on that alone.
  if (!fingerprint_matched) return End(DtlsState::kFailed, DtlsFailure::kBadFingerprint);
  const std::optional<SrtpProfile> profile = SelectedProfile(ssl.get());
  if (!profile || !ExportKeys(ssl.get(), *profile, role, keys)) {
    SendCloseNotify();
    return End(DtlsState::kFailed, DtlsFailure::kNoSrtpProfile);
  }
  have_keys = true;
  state = DtlsState::kConnected;
  give_up_at = kNever;
}

// After the handshake: alerts, late handshake messages (OpenSSL answers them), and application data, which
// nobody here expects and which is dropped.
void DtlsSession::Impl::ReadRecords() {
  std::array<std::uint8_t, 2048> ignored;
  int result = 0;
  do {
    result = SSL_read(ssl.get(), ignored.data(), static_cast<int>(ignored.size()));
  } while (result > 0);
  OnError(result);
  // A connected session mostly sleeps. The next read makes the buffers again.
  if (ssl) SSL_free_buffers(ssl.get());
}

void DtlsSession::Impl::OnError(int result) {
  switch (SSL_get_error(ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return;
    case SSL_ERROR_ZERO_RETURN:  // close_notify; RFC 5246 7.2.1: "MUST respond with a close_notify alert"
      SendCloseNotify();
      return End(DtlsState::kClosed, DtlsFailure::kNone);
    default:
      break;
  }
  if (certificate_seen && !fingerprint_matched) {
    return End(DtlsState::kFailed, DtlsFailure::kBadFingerprint);
  }
  const bool alert = ERR_GET_REASON(ERR_peek_error()) >= SSL_AD_REASON_OFFSET;
  End(DtlsState::kFailed, alert ? DtlsFailure::kAlert : DtlsFailure::kProtocol);
}

void DtlsSession::Impl::SendCloseNotify() {
  if (alerts) {
    pipe.outgoing.push_back(std::move(close_notify));
    return;
  }
  ERR_clear_error();
  std::uint8_t nothing = 0;
  SSL_peek(ssl.get(), &nothing, 1);  // makes the write buffer, too, should it have been freed
  SSL_shutdown(ssl.get());
}

// What is still to be said is said now, and kept until it is time.
void DtlsSession::Impl::LetHandshakeGo() {
  let_go_at = kNever;
  std::optional<DtlsAlertReader> reader = DtlsAlertReader::Of(ssl.get(), role);
  if (!reader) return;
  DtlsSession::Datagrams unsent = std::exchange(pipe.outgoing, {});
  SendCloseNotify();
  KCS_CHECK(pipe.outgoing.size() == 1);
  close_notify = std::move(pipe.outgoing.front());
  close_notify.shrink_to_fit();
  pipe.outgoing = std::move(unsent);
  alerts = std::move(reader);
  FreeSsl();
  remote = {};
}

// After LetHandshakeGo.
bool DtlsSession::Impl::OnAlert(Bytes datagram) {
  const std::optional<DtlsAlert> alert = alerts->Read(datagram);
  if (!alert) return false;
  if (alert->description == DtlsAlert::kCloseNotify) {
    SendCloseNotify();
    End(DtlsState::kClosed, DtlsFailure::kNone);
  } else if (alert->level == DtlsAlert::kFatal) {
    End(DtlsState::kFailed, DtlsFailure::kAlert);
  }
  return true;
}

void DtlsSession::Impl::FreeSsl() {
  ssl.reset();
  pipe.timer = nullptr;
  pipe.timer_running = false;
  retransmit_at = kNever;
  ERR_clear_error();
}

void DtlsSession::Impl::End(DtlsState final_state, DtlsFailure reason) {
  state = final_state;
  failure = reason;
  FreeSsl();
  alerts.reset();
  give_up_at = kNever;
  let_go_at = kNever;
}

void DtlsSession::Impl::Retransmit(Timestamp now) {
  if (pipe.timer != nullptr) *pipe.timer = {.tv_sec = 1, .tv_usec = 0};  // long past
  retransmit_at = now + 15ms;  // should OpenSSL's clock be a little behind ours
  ERR_clear_error();
  if (DTLSv1_handle_timeout(ssl.get()) < 0) return End(DtlsState::kFailed, DtlsFailure::kTimeout);
  FollowTimer(now);
}

DtlsSession::DtlsSession(const DtlsContext& context) : impl_(std::make_unique<Impl>(context)) {}
DtlsSession::~DtlsSession() = default;
DtlsSession::DtlsSession(DtlsSession&&) noexcept = default;
DtlsSession& DtlsSession::operator=(DtlsSession&&) noexcept = default;

void DtlsSession::Start(DtlsRole role, const std::vector<Fingerprint>& remote, Timestamp now) {
  KCS_CHECK(impl_->state == DtlsState::kNew);
  impl_->remote = remote;
  impl_->Start(role, now);
}

bool DtlsSession::OnDatagram(Bytes datagram, Timestamp now) {
  if (impl_->alerts) return impl_->OnAlert(datagram);
  if (!impl_->ssl || !LooksLikeRecord(datagram)) return false;
  if (HasTruncatedRecord(impl_->ssl.get(), datagram)) return true;
  if (impl_->state == DtlsState::kConnecting && impl_->give_up_at == kNever) {
    impl_->give_up_at = now + kHandshakeTimeout;
  }
  impl_->pipe.incoming = datagram;
  impl_->Advance(now);
  impl_->pipe.incoming.reset();
  return true;
}

void DtlsSession::OnTimeout(Timestamp now) {
  if (now >= impl_->give_up_at) return impl_->End(DtlsState::kFailed, DtlsFailure::kTimeout);
  if (now >= impl_->retransmit_at) impl_->Retransmit(now);
  if (now >= impl_->let_go_at) impl_->LetHandshakeGo();
}

Timestamp DtlsSession::NextDeadline() const {
  return std::min({impl_->retransmit_at, impl_->give_up_at, impl_->let_go_at});
}

void DtlsSession::Close() {
  if (impl_->state == DtlsState::kConnected) impl_->SendCloseNotify();
  impl_->End(DtlsState::kClosed, impl_->failure);
}

DtlsSession::Datagrams DtlsSession::TakeOutgoing() { return std::exchange(impl_->pipe.outgoing, {}); }

DtlsState DtlsSession::state() const { return impl_->state; }
DtlsFailure DtlsSession::failure() const { return impl_->failure; }
const SrtpKeys* DtlsSession::srtp_keys() const { return impl_->have_keys ? &impl_->keys : nullptr; }

}  // namespace kcs::crypto
