#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "engine/crypto/dtls.h"

namespace kcs::crypto::testing {

inline constexpr Timestamp kStart{1000s};

inline std::vector<Fingerprint> FingerprintOf(const DtlsContext& context) {
  return {{"sha-256", context.certificate().fingerprint_sha256()}};
}

// Two of our sessions on a perfect wire without delay.
class DtlsPair : public ::testing::Test {
 protected:
  DtlsPair()
      : client_context_(Certificate::Generate()),
        server_context_(Certificate::Generate()),
        client_(client_context_),
        server_(server_context_) {}

  void StartBoth() {
    server_.Start(DtlsRole::kServer, FingerprintOf(client_context_), kStart);
    client_.Start(DtlsRole::kClient, FingerprintOf(server_context_), kStart);
  }

  // Until nobody has anything to say.
  void Exchange(Timestamp now = kStart) {
    for (bool quiet = false; !quiet;) {
      quiet = true;
      for (auto& datagram : client_.TakeOutgoing()) {
        EXPECT_LE(datagram.size(), DtlsSession::kMtu);
        server_.OnDatagram(datagram, now);
        quiet = false;
      }
      for (auto& datagram : server_.TakeOutgoing()) {
        EXPECT_LE(datagram.size(), DtlsSession::kMtu);
        client_.OnDatagram(datagram, now);
        quiet = false;
      }
    }
  }

  DtlsContext client_context_;
  DtlsContext server_context_;
  DtlsSession client_;
  DtlsSession server_;
};

}  // namespace kcs::crypto::testing
