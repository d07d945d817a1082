#include "engine/sfu/run_padding.h"

#include <algorithm>

namespace kcs::sfu {
namespace {

bool Pad(RunMember& member, std::size_t by) {
  if (by == 0) return true;
  if (member.budget == nullptr || member.padding + by > kMostRunPadding) return false;
  if (!member.budget->Spend(by)) return false;
  member.padding = static_cast<std::uint8_t>(member.padding + by);
  return true;
}

void Unpad(RunMember& member, std::size_t by) {
  if (by == 0) return;
  member.budget->GiveBack(by);
  member.padding = static_cast<std::uint8_t>(member.padding - by);
}

// Makes all of them `size` bytes long; false: that costs too much, and nothing has changed. All but the last
// are `level` bytes long; the last has no padding yet and is at most as long.
bool Level(std::span<RunMember> members, std::size_t level, std::size_t size) {
  RunMember& last = members.back();
  const std::size_t raise = size - level;
  if (!Pad(last, size - last.size)) return false;
  if (raise == 0) return true;
  for (std::size_t i = 0; i + 1 < members.size(); ++i) {
    if (Pad(members[i], raise)) continue;
    while (i-- > 0) Unpad(members[i], raise);
    Unpad(last, size - last.size);
    return false;
  }
  return true;
}

}  // namespace

void PlanRuns(std::span<RunMember> members) {
  std::size_t begin = 0;
  std::size_t level = members.empty() ? 0 : members.front().size;
  for (std::size_t i = 1; i < members.size(); ++i) {
    const std::size_t size = std::max<std::size_t>(level, members[i].size);
    // Member i may be shorter than the run, and ends it then.
    if (i - begin < kLongestRun && Level(members.subspan(begin, i - begin), level, size)) {
      level = size;
    } else {
      begin = i;
      level = members[i].size;
    }
  }
}

}  // namespace kcs::sfu
