#pragma once

#include <boost/json/fwd.hpp>

#include "base/result.h"
#include "server/ortc/types.h"

// ORTC values from and to JSON, as mediasoup-client writes and reads them. Parsing checks types and ranges
// only (the rest is validate.h); the error begins with the field: "codecs[0].clockRate: not an integer from 1
// to 4294967295". Unknown fields are ignored.
namespace kcs::ortc {

Result<RtpCapabilities> ParseRtpCapabilities(const boost::json::value& json);
Result<RtpParameters> ParseRtpParameters(const boost::json::value& json);

boost::json::value ToJson(const RtpCapabilities& capabilities);
boost::json::value ToJson(const RtpParameters& parameters);

}  // namespace kcs::ortc
