#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kcs::app {

// The text of a .env file: lines `NAME=value`, with or without `export` before; `#` starts a comment at the
// start of a line or after a space; "..." with \n \r \t \" \\ \$ and '...' verbatim, both also over several
// lines. Nothing is expanded. The error names the line. At most 64 KiB and 1,000 variables.
Result<std::map<std::string, std::string>> ParseDotenv(std::string_view text);

}  // namespace kcs::app
