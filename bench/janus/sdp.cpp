#include "bench/janus/sdp.h"

#include <charconv>
#include <optional>
#include <sstream>
#include <vector>

namespace kcs::janus {
namespace {

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

template <typename Number>
std::optional<Number> Whole(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// RFC 8839 5.1: foundation, component, transport, priority, address, port.
void TakeCandidate(std::string_view value, Remote& remote) {
  const auto words = Words(value);
  if (words.size() < 6 || (words[2] != "udp" && words[2] != "UDP")) return;
  const auto port = Whole<std::uint16_t>(words[5]);
  if (!port) return;
  if (const auto address = SocketAddress::FromText(std::string(words[4]), *port))
    remote.transport.ice.candidates.push_back(*address);
}

void TakeExtension(std::string_view value, Remote& remote) {
  const auto words = Words(value);
  if (words.size() < 2) return;
  const load::KnownExtension* const known = load::FindExtension(words[1]);
  // "a=extmap:3/sendonly URI" is allowed (RFC 8285 8).
  const auto id = Whole<std::uint8_t>(words[0].substr(0, words[0].find('/')));
  if (known != nullptr && id) remote.extensions.Set(known->type, *id);
}

// "FID 1 2" names a stream and its retransmissions (RFC 5576 4.2).
void TakeGroup(std::string_view value, Remote& remote) {
  const auto words = Words(value);
  if (words.size() != 3 || words[0] != "FID") return;
  remote.rtx_ssrc = wire::Ssrc(Whole<std::uint32_t>(words[2]).value_or(0));
}

void TakeAttribute(std::string_view name, std::string_view value, Remote& remote) {
  const auto words = Words(value);
  if (name == "ice-ufrag") {
    remote.transport.ice.username_fragment = value;
  } else if (name == "ice-pwd") {
    remote.transport.ice.password = value;
  } else if (name == "fingerprint" && words.size() == 2) {
    remote.transport.fingerprints.push_back({std::string(words[0]), std::string(words[1])});
  } else if (name == "mid") {
    remote.mid = value;
  } else if (name == "candidate") {
    TakeCandidate(value, remote);
  } else if (name == "extmap") {
    TakeExtension(value, remote);
  } else if (name == "ssrc-group") {
    TakeGroup(value, remote);
  } else if (name == "ssrc" && !words.empty() && remote.ssrc == wire::Ssrc(0)) {
    remote.ssrc = wire::Ssrc(Whole<std::uint32_t>(words[0]).value_or(0));
  }
}

bool IsRepeated(std::string_view name) {
  return name == "rtpmap" || name == "fmtp" || name == "rtcp-fb" || name == "extmap";
}

std::string Session() {
  return "v=0\r\n"
         "o=- 1 1 IN IP4 127.0.0.1\r\n"
         "s=-\r\n"
         "t=0 0\r\n";
}

std::string Transport(const LocalEnd& local, std::string_view mid) {
  std::ostringstream out;
  out << "c=IN IP4 0.0.0.0\r\n"
      << "a=mid:" << mid << "\r\n"
      << "a=rtcp-mux\r\n"
      << "a=rtcp-rsize\r\n"
      << "a=ice-ufrag:" << local.username_fragment << "\r\n"
      << "a=ice-pwd:" << local.password << "\r\n"
      << "a=fingerprint:sha-256 " << local.fingerprint_sha256 << "\r\n"
      << "a=setup:active\r\n";
  return out.str();
}

}  // namespace

Result<Remote> ParseDescription(std::string_view sdp) {
  Remote remote;
  std::string_view rest = sdp;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("m=")) {
      if (!remote.media.empty()) return Fail("SDP: more than one media section");
      remote.media = std::string(line) + "\r\n";
    }
    if (!line.starts_with("a=")) continue;
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(2, colon - 2);
    TakeAttribute(name, line.substr(std::min(colon + 1, line.size())), remote);
    if (!remote.media.empty() && IsRepeated(name)) remote.media += std::string(line) + "\r\n";
  }
  if (remote.media.empty()) return Fail("SDP: no media section");
  if (remote.transport.ice.username_fragment.empty() || remote.transport.ice.password.empty())
    return Fail("SDP: no ICE credentials");
  if (remote.transport.ice.candidates.empty()) return Fail("SDP: no candidate over UDP");
  if (remote.transport.fingerprints.empty()) return Fail("SDP: no fingerprint");
  return remote;
}

std::string OfferToSend(const LocalEnd& local, const load::RtpSender::Settings& sender) {
  const int media = sender.payload_type;
  const int rtx = sender.rtx_payload_type;
  std::ostringstream out;
  out << Session() << "a=group:BUNDLE " << sender.mid << "\r\n"
      << "m=video 9 UDP/TLS/RTP/SAVPF " << media << " " << rtx << "\r\n"
      << Transport(local, sender.mid) << "a=sendonly\r\n";
  for (const load::KnownExtension& known : load::KnownExtensions()) {
    if (const int id = sender.extensions.id(known.type); id != 0)
      out << "a=extmap:" << id << " " << known.uri << "\r\n";
  }
  out << "a=rtpmap:" << media << " VP8/90000\r\n";
  for (const char* feedback : {"goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"})
    out << "a=rtcp-fb:" << media << " " << feedback << "\r\n";
  out << "a=rtpmap:" << rtx << " rtx/90000\r\n"
      << "a=fmtp:" << rtx << " apt=" << media << "\r\n"
      << "a=ssrc-group:FID " << sender.ssrc.value() << " " << sender.rtx_ssrc.value() << "\r\n";
  for (const wire::Ssrc ssrc : {sender.ssrc, sender.rtx_ssrc}) {
    out << "a=ssrc:" << ssrc.value() << " cname:" << local.cname << "\r\n"
        << "a=ssrc:" << ssrc.value() << " msid:camera camera\r\n";
  }
  return out.str();
}

std::string AnswerToReceive(const LocalEnd& local, const Remote& offer) {
  // The line of the media section comes first, its connection and attributes after it.
  const std::size_t line = offer.media.find('\n') + 1;
  return Session() + "a=group:BUNDLE " + offer.mid + "\r\n" + offer.media.substr(0, line) +
         Transport(local, offer.mid) + "a=recvonly\r\n" + offer.media.substr(line);
}

}  // namespace kcs::janus
