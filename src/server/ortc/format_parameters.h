#pragma once

#include "server/ortc/codec_match.h"
#include "server/ortc/types.h"

namespace kcs::ortc {

// The format parameters that receivers are told of what a sender sends. They end in the session descriptions
// of other participants' browsers, so only the known ones with values of their type pass; RED's are the
// router's, whose payload types the receivers see.
CodecParameters FormatForReceivers(Codec codec, const CodecParameters& sender, const CodecParameters& router);

}  // namespace kcs::ortc
