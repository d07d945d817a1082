#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/entropy.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "engine/transport/ice_lite.h"

namespace kcs::transport::testing {

// The controlling side of ICE against a lite agent (RFC 8445), reduced to what shows on the wire: a check on
// every path every 50 ms until it is answered and every 2 s afterwards, USE-CANDIDATE on the selected path
// alone (as Chromium does) or on all of them (aggressive, as older agents do).
class IceClient {
 public:
  struct Datagram {
    Tuple tuple;
    std::vector<std::uint8_t> bytes;
  };
  static constexpr Duration kCheckInterval = 50ms;
  static constexpr Duration kKeepInterval = 2s;

  explicit IceClient(Entropy& entropy);

  void Start(const IceParameters& remote, const std::vector<Tuple>& paths, Timestamp now);
  void Restart(const IceParameters& remote, Timestamp now);
  void SetPaths(const std::vector<Tuple>& paths, Timestamp now);
  void set_aggressive(bool aggressive) { aggressive_ = aggressive; }
  // A path is selected automatically (the first that works); this one overrides it.
  void Select(const Tuple& tuple, Timestamp now);

  void OnStun(const Tuple& tuple, Bytes datagram, Timestamp now);
  void Tick(Timestamp now, std::vector<Datagram>& out);
  Timestamp NextDeadline() const;

  // One check with everything to the tester's liking; also used by Tick.
  struct CheckOptions {
    std::string username;  // "theirs:ours"
    std::string password;
    std::optional<std::uint32_t> priority = 0x6e0001ff;
    bool use_candidate = false;
    bool controlled = false;             // claims ICE-CONTROLLED
    std::uint16_t unknown_required = 0;  // type of an attribute that nobody knows; 0: none
  };
  std::vector<std::uint8_t> MakeCheck(const CheckOptions& options);
  CheckOptions DefaultCheck(const Tuple& tuple, bool use_candidate) const;

  // The path that is used: the first that worked, or the one told by Select.
  const Tuple* selected() const { return selected_ ? &*selected_ : nullptr; }
  // Error codes of the answers so far.
  const std::vector<std::uint16_t>& errors() const { return errors_; }
  const std::string& ufrag() const { return ufrag_; }

 private:
  struct Path {
    Tuple tuple;
    std::uint32_t priority = 0;
    bool works = false;
    std::optional<SocketAddress> mapped;
    Timestamp next_check;
    std::array<std::uint8_t, 12> transaction{};
  };

  Entropy& entropy_;
  std::string ufrag_;
  std::uint64_t tie_breaker_;
  IceParameters remote_;
  std::vector<Path> paths_;
  std::optional<Tuple> selected_;
  bool aggressive_ = false;
  std::vector<std::uint16_t> errors_;
};

}  // namespace kcs::transport::testing
