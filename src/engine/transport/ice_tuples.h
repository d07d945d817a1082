#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/socket_address.h"
#include "base/time.h"

namespace kcs::transport {

// What an event did to the validated tuples of a transport; the caller keeps its address -> transport map by
// it.
struct TupleChanges {
  std::optional<Tuple> added;
  std::vector<Tuple> removed;     // rarely any; does not allocate when empty
  bool selected_changed = false;  // the tuple to send to is another, or there is none any more

  bool any() const { return added.has_value() || !removed.empty() || selected_changed; }
};

// What one authenticated connectivity check tells about its tuple.
struct CheckInfo {
  std::uint32_t priority = 0;    // PRIORITY of the request
  bool nominates = false;        // USE-CANDIDATE
  std::uint32_t generation = 0;  // of the credentials used; grows with every ICE restart
};

// The tuples over which a peer has proven itself, and which of them to send to. The first one serves until
// one is nominated; then, of the tuples that the peer nominates, UDP goes before TCP and a higher priority
// before a lower one, for as long as the peer keeps nominating the better one.
class IceTuples {
 public:
  static constexpr std::size_t kMax = 8;
  // RFC 7675 5.1: "Consent expires after 30 seconds." A lite agent asks nothing, so it takes the peer's own
  // checks for consent.
  static constexpr Duration kConsent = 30s;
  // A selected tuple that is silent for so long does not hold back another nomination: every browser checks
  // its selected pair at least this often.
  static constexpr Duration kQuiet = 5s;

  TupleChanges OnCheck(const Tuple& tuple, const CheckInfo& check, Timestamp now);
  // The path is gone (a TCP connection was closed).
  TupleChanges Remove(const Tuple& tuple);
  // Forgets tuples whose consent has expired.
  TupleChanges Expire(Timestamp now);
  Timestamp NextDeadline() const { return next_deadline_; }

  bool Contains(const Tuple& tuple) const { return Find(tuple) != nullptr; }
  std::vector<Tuple> all() const;
  const Tuple* selected() const { return entries_.empty() ? nullptr : &entries_[selected_].tuple; }
  // The selected tuple was nominated by the peer.
  bool nominated() const { return !entries_.empty() && entries_[selected_].nominated; }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Tuple tuple;
    Timestamp last_check;
    std::uint32_t priority = 0;
    std::uint32_t generation = 0;  // of the last nomination
    bool nominated = false;        // ever
    bool nominating = false;       // by its latest check
  };

  const Entry* Find(const Tuple& tuple) const;
  bool Displaces(const Entry& candidate, const Entry& selected, Timestamp now) const;
  void EraseIf(const std::function<bool(const Entry&)>& gone, TupleChanges& changes);
  void EvictQuietest(TupleChanges& changes);
  void SelectAgain(const Tuple& selected, TupleChanges& changes);
  void Refile();

  std::vector<Entry> entries_;
  std::size_t selected_ = 0;
  Timestamp next_deadline_ = kNever;
};

}  // namespace kcs::transport
