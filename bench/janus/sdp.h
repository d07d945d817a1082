#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/wire/extensions.h"
#include "load/rtp_sender.h"
#include "load/signaling.h"

// As much of SDP (RFC 8866, RFC 8829) as it takes to agree on one camera with Janus; no general parser.
namespace kcs::janus {

// What is signalled of this end.
struct LocalEnd {
  std::string username_fragment;
  std::string password;
  std::string fingerprint_sha256;
  std::string cname;
};

// What Janus said of itself and of the only media section.
struct Remote {
  load::TransportOffer transport;  // without an id
  std::string mid;
  std::string media;  // the section's lines that an answer repeats: payload types, extensions
  wire::ExtensionMap extensions;
  wire::Ssrc ssrc;      // 0: none
  wire::Ssrc rtx_ssrc;  // 0: none
};
// The error names what is missing.
Result<Remote> ParseDescription(std::string_view sdp);

// An offer to send VP8 as `sender` says.
std::string OfferToSend(const LocalEnd& local, const load::RtpSender::Settings& sender);
// The answer to an offer to receive.
std::string AnswerToReceive(const LocalEnd& local, const Remote& offer);

}  // namespace kcs::janus
