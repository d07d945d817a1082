#include "io/unique_fd.h"

#include <unistd.h>

namespace kcs::io {

void UniqueFd::Reset() {
  // close(2): the descriptor is gone even when it reports EINTR, so there is nothing to repeat.
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

}  // namespace kcs::io
