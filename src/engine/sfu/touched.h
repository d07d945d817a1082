#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kcs::sfu {

// The transports whose deadline may have changed since it was last filed: the one gate through which
// re-filing goes. A wish of one transport's receiver (a key frame, say) may make another transport due.
class Touched {
 public:
  void Add(std::uint32_t index) {
    if (index >= marked_.size()) marked_.resize(index + 1, false);
    if (marked_[index]) return;
    marked_[index] = true;
    list_.push_back(index);
  }
  // Calls file(index) for each; also for those that file() itself touches.
  template <typename File>
  void TakeAll(File file) {
    for (std::size_t i = 0; i < list_.size(); ++i) {
      const std::uint32_t index = list_[i];
      marked_[index] = false;
      file(index);
    }
    list_.clear();
  }

 private:
  std::vector<std::uint32_t> list_;
  std::vector<bool> marked_;
};

}  // namespace kcs::sfu
