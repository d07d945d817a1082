#include "engine/transport/ice_tuples.h"

#include <algorithm>
#include <tuple>

namespace kcs::transport {

const IceTuples::Entry* IceTuples::Find(const Tuple& tuple) const {
  for (const Entry& entry : entries_) {
    if (entry.tuple == tuple) return &entry;
  }
  return nullptr;
}

std::vector<Tuple> IceTuples::all() const {
  std::vector<Tuple> tuples;
  for (const Entry& entry : entries_) tuples.push_back(entry.tuple);
  return tuples;
}

TupleChanges IceTuples::OnCheck(const Tuple& tuple, const CheckInfo& check, Timestamp now) {
  TupleChanges changes;
  auto entry =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.tuple == tuple; });
  if (entry == entries_.end()) {
    if (entries_.size() == kMax) EvictQuietest(changes);
    Entry fresh;
    fresh.tuple = tuple;
    entries_.push_back(fresh);
    entry = entries_.end() - 1;
    changes.added = tuple;
    changes.selected_changed = entries_.size() == 1;
  }
  entry->last_check = now;
  entry->priority = check.priority;
  entry->nominating = check.nominates;
  if (check.nominates) {
    entry->nominated = true;
    entry->generation = check.generation;
    const auto index = static_cast<std::size_t>(entry - entries_.begin());
    if (index != selected_ && Displaces(*entry, entries_[selected_], now)) {
      selected_ = index;
      changes.selected_changed = true;
    }
  }
  Refile();
  return changes;
}

// RFC 8445 8.1.1 leaves the choice among several nominated pairs to the highest priority. Agents that
// nominate one pair only (Chromium, with a lite peer) move to another of any priority; they are recognised by
// no longer nominating the old one.
bool IceTuples::Displaces(const Entry& candidate, const Entry& selected, Timestamp now) const {
  if (!selected.nominated) return true;
  if (candidate.generation != selected.generation) return candidate.generation > selected.generation;
  if (!selected.nominating || now - selected.last_check >= kQuiet) return true;
  if (candidate.tuple.protocol != selected.tuple.protocol) return candidate.tuple.protocol == Protocol::kUdp;
  if (candidate.priority != selected.priority) return candidate.priority > selected.priority;
  // The same candidate from elsewhere: a NAT gave it a new address, and the old one will fall silent. The
  // same candidate at another of our sockets is another pair and as good as the selected one.
  return candidate.tuple.socket == selected.tuple.socket;
}

TupleChanges IceTuples::Remove(const Tuple& tuple) {
  TupleChanges changes;
  EraseIf([&](const Entry& e) { return e.tuple == tuple; }, changes);
  return changes;
}

TupleChanges IceTuples::Expire(Timestamp now) {
  TupleChanges changes;
  EraseIf([&](const Entry& e) { return now - e.last_check >= kConsent; }, changes);
  return changes;
}

void IceTuples::EraseIf(const std::function<bool(const Entry&)>& gone, TupleChanges& changes) {
  if (entries_.empty()) return;
  const Tuple selected = entries_[selected_].tuple;
  for (const Entry& entry : entries_) {
    if (gone(entry)) changes.removed.push_back(entry.tuple);
  }
  if (changes.removed.empty()) return;
  std::erase_if(entries_, gone);
  SelectAgain(selected, changes);
  Refile();
}

void IceTuples::EvictQuietest(TupleChanges& changes) {
  const Tuple selected = entries_[selected_].tuple;
  // Smaller is quieter; the selected tuple is never taken.
  const auto quietest =
      std::min_element(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
        return std::pair(a.tuple == selected, a.last_check) < std::pair(b.tuple == selected, b.last_check);
      });
  changes.removed.push_back(quietest->tuple);
  entries_.erase(quietest);
  SelectAgain(selected, changes);
}

// After entries have moved or gone: keeps the selected tuple, or takes the best of the others.
void IceTuples::SelectAgain(const Tuple& selected, TupleChanges& changes) {
  const auto rank = [](const Entry& e) {
    return std::tuple(e.nominated, e.generation, e.tuple.protocol == Protocol::kUdp, e.priority);
  };
  const auto kept =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.tuple == selected; });
  if (kept != entries_.end()) {
    selected_ = static_cast<std::size_t>(kept - entries_.begin());
    return;
  }
  const auto best = std::max_element(entries_.begin(), entries_.end(),
                                     [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
  selected_ = static_cast<std::size_t>(best - entries_.begin());
  changes.selected_changed = true;
}

void IceTuples::Refile() {
  next_deadline_ = kNever;
  for (const Entry& entry : entries_) next_deadline_ = std::min(next_deadline_, entry.last_check + kConsent);
}

}  // namespace kcs::transport
