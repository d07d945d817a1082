#include "engine/crypto/srtp_backend.h"

namespace kcs::crypto {

// One a thread: intel-ipsec-mb's manager queues jobs and must not be shared.
SrtpBackend& DefaultBackend() {
  thread_local const std::unique_ptr<SrtpBackend> backend = [] {
    std::unique_ptr<SrtpBackend> fast = MakeIpsecMbBackend();
    return fast ? std::move(fast) : MakeOpenSslBackend();
  }();
  return *backend;
}

}  // namespace kcs::crypto
