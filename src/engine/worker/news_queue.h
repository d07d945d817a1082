#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "engine/sfu/notifications.h"

namespace kcs::worker_process {

// News that the server has no time for yet. Each tells how something is now, so of one kind about one object
// only the latest waits, in the place of the first: what waits is bounded by what exists, not by how long the
// server is busy.
class NewsQueue {
 public:
  static constexpr std::size_t kMost = 128 * 1024;

  explicit NewsQueue(std::size_t most = kMost) : most_(most) {}

  // False: there is no room for it.
  bool Put(sfu::Notification news);
  std::optional<sfu::Notification> Take();
  bool empty() const { return order_.empty(); }
  std::size_t size() const { return order_.size(); }

 private:
  using Subject = std::pair<std::size_t, std::uint64_t>;  // the kind, and the object's id

  std::size_t most_;
  std::deque<Subject> order_;
  boost::unordered_flat_map<Subject, sfu::Notification> waiting_;
};

}  // namespace kcs::worker_process
