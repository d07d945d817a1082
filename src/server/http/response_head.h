#pragma once

#include <cstdint>
#include <string>

#include "server/http/message.h"

namespace kcs::http {

// What the connection knows about an answer besides the answer.
struct AnswerContext {
  bool keep_alive = true;
  bool head_request = false;  // the method was HEAD: the body is announced, not sent
  bool http_1_0 = false;
  std::int64_t unix_millis = 0;  // for Date
};

// Whether a body follows the head (RFC 9112 6.3: not for 1xx, 204, 304, nor in answer to HEAD).
bool SendsBody(const Response& response, const AnswerContext& context);

// Status line and fields up to and including the empty line. Content-Length, Date and Connection are added
// here. Fields whose name or value could end the line early are left out.
std::string ResponseHead(const Response& response, const AnswerContext& context);

}  // namespace kcs::http
