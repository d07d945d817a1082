#include "server/ortc/format_parameters.h"

#include <initializer_list>
#include <string_view>

namespace kcs::ortc {
namespace {

using Names = std::initializer_list<std::string_view>;

void CopyIntegers(const CodecParameters& from, Names names, CodecParameters& to) {
  for (const std::string_view name : names) {
    if (const auto value = IntParameter(from, name)) to.emplace(name, *value);
  }
}

}  // namespace

CodecParameters FormatForReceivers(Codec codec, const CodecParameters& sender,
                                   const CodecParameters& router) {
  CodecParameters out;
  switch (codec) {
    case Codec::kOpus:  // RFC 7587 6.1
      CopyIntegers(sender,
                   {"minptime", "maxptime", "ptime", "stereo", "sprop-stereo", "useinbandfec", "usedtx",
                    "cbr", "maxplaybackrate", "sprop-maxcapturerate", "maxaveragebitrate"},
                   out);
      break;
    case Codec::kVp9:  // RFC 9628 6
      CopyIntegers(sender, {"profile-id", "max-fr", "max-fs"}, out);
      break;
    case Codec::kVp8:  // RFC 7741 6.1
      CopyIntegers(sender, {"max-fr", "max-fs"}, out);
      break;
    case Codec::kH264:  // RFC 6184 8.1; the profile-level-id is a valid one, or it would not have matched
      CopyIntegers(sender, {"level-asymmetry-allowed", "packetization-mode"}, out);
      if (const auto found = sender.find("profile-level-id"); found != sender.end()) out.insert(*found);
      break;
    case Codec::kAv1:  // AV1 RTP specification 7.2.1
      CopyIntegers(sender, {"profile", "level-idx", "tier"}, out);
      break;
    case Codec::kRed:
      out = router;
      break;
    case Codec::kRtx:
    case Codec::kUnknown:
      break;
  }
  return out;
}

}  // namespace kcs::ortc
