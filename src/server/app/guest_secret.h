#pragma once

#include <string>

#include "base/entropy.h"
#include "base/result.h"

namespace kcs::app {

// The secret of guest mode: made once and kept in a file that only its owner may read, so that guests keep
// their tokens over a restart and `kcs-meet token` can sign for the same server. The error names the file.
Result<std::string> LoadOrMakeGuestSecret(const std::string& path, Entropy& entropy);

}  // namespace kcs::app
