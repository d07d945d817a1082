#include "engine/crypto/srtp_backend.h"

namespace kcs::crypto {

// One a thread: intel-ipsec-mb's manager queues jobs and must not be shared.
SrtpBackend& DefaultBackend() {
  thread_local const std::unique_ptr<SrtpBackend> backend = [] {
    if (std::unique_ptr<SrtpBackend> fast = MakeIpsecMbBackend()) return fast;
    return MakeOpenSslBackend();
  }();
  return *backend;
}

}  // namespace kcs::crypto
