#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/http/message.h"
#include "server/meeting/error.h"

// The envelope of every REST answer: {success:true, data} or {success:false, message, error:{code}}.
namespace kcs::rest {

http::Response Success(int status, boost::json::object data);
http::Response Failure(const meeting::Error& error);
http::Response Failure(int status, std::string_view code, std::string_view message);

int StatusOf(meeting::ErrorCode code);

// "2026-01-31T12:00:00.000Z"
std::string Iso8601(std::int64_t unix_millis);

}  // namespace kcs::rest
