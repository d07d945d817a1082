#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "server/http/message.h"

namespace kcs::rest {

// The files of the web client, read once at the start: what is not in the table does not exist, whatever a
// path says.
class StaticFiles {
 public:
  static constexpr std::size_t kMaxBytes = 64U << 20;  // of all files together
  static constexpr std::size_t kMaxFiles = 2000;

  // No files at all.
  StaticFiles() = default;
  // Everything below `directory`. The error names what cannot be read, or says that it is too much.
  static Result<StaticFiles> Load(const std::string& directory);

  bool empty() const { return files_.empty(); }
  // For GET. A path without a file of that name gets index.html when it looks like a page of the client (its
  // last part has no dot), else 404.
  http::Response Serve(const http::Request& request) const;

 private:
  struct File {
    std::shared_ptr<const std::string> body;
    std::string type;
    std::string etag;
    bool immutable = false;  // its name changes with its content
  };

  std::unordered_map<std::string, File> files_;  // by URL path
};

}  // namespace kcs::rest
