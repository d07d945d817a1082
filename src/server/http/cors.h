#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/http/message.h"

namespace kcs::http {

// Which web pages of other origins may read our answers (Fetch standard, "CORS protocol"). With the one entry
// "*" every origin may, without credentials; otherwise the listed origins, with credentials.
class CorsPolicy {
 public:
  CorsPolicy() = default;  // no other origin
  explicit CorsPolicy(std::vector<std::string> origins);

  // Whether the policy says anything at all.
  bool enabled() const { return any_ || !origins_.empty(); }
  bool Allows(std::string_view origin) const;
  // The answer to a preflight request; nothing when the request is not one.
  std::optional<Response> Preflight(const Request& request) const;
  // Adds the fields of an actual answer; errors need them as well, or the page cannot read the error.
  void Apply(std::string_view origin, Headers& response) const;

 private:
  bool any_ = false;
  std::vector<std::string> origins_;
};

}  // namespace kcs::http
