#pragma once

#include <string_view>

#include "server/http/message.h"

namespace kcs::http {

// Splits a request target in origin form ("/path?query", RFC 9112 3.2.1) into the decoded path and query of
// `request`. False when it is not well formed.
bool ParseTarget(std::string_view target, Request& request);

}  // namespace kcs::http
