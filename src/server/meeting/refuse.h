#pragma once

#include <string>
#include <utility>

#include "server/meeting/effect.h"
#include "server/meeting/request.h"

// Answers in one line, for the requests' implementations.
namespace kcs::meeting {

inline Reply Refuse(const Request& request, ErrorCode code, std::string message) {
  return Reply{request.client, request.id, Fail(Error{code, std::move(message)})};
}
inline Reply Refuse(const Request& request, Error error) {
  return Reply{request.client, request.id, Fail(std::move(error))};
}
inline Reply Refuse(const Pending& pending, ErrorCode code, std::string message) {
  return Reply{pending.client, pending.request, Fail(Error{code, std::move(message)})};
}
inline Reply Refuse(const Pending& pending, Error error) {
  return Reply{pending.client, pending.request, Fail(std::move(error))};
}
inline Reply Grant(const Request& request, Reply::Answer answer) {
  return Reply{request.client, request.id, std::move(answer)};
}
inline Reply Grant(const Pending& pending, Reply::Answer answer) {
  return Reply{pending.client, pending.request, std::move(answer)};
}

}  // namespace kcs::meeting
