#pragma once

#include <openssl/bio.h>
#include <sys/time.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace kcs::crypto {

// What stands where OpenSSL expects a socket: at most one datagram to read, a bounded list of written ones,
// and what OpenSSL says about its retransmission timer.
struct DatagramPipe {
  std::optional<Bytes> incoming;  // consumed by the first read
  std::vector<std::vector<std::uint8_t>> outgoing;
  std::size_t max_outgoing = 0;

  bool timer_running = false;
  bool timer_started = false;  // since whoever clears this last looked
  // OpenSSL's own expiry time, where it lends it (see LibraryLendsItsTimer): in wall-clock time, which we put
  // far ahead, and move to the past when ours has come.
  timeval* timer = nullptr;
};

// A BIO on `pipe`, which must outlive it. A write is one datagram, or joins the last one where both fit kMtu.
BIO* MakeDatagramBio(DatagramPipe& pipe);

// OpenSSL 3.0 and 3.1 hand the BIO a pointer to the association's expiry time itself, later ones to a copy.
bool LibraryLendsItsTimer();

}  // namespace kcs::crypto
