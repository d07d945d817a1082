#include <boost/json.hpp>

#include "server/signaling/event_groups.h"

namespace kcs::signaling {
namespace {

constexpr std::size_t kMaxFingerprints = 8;
constexpr std::size_t kMaxFingerprintText = 200;  // SHA-512: 64 octets with colons are 191 characters
constexpr std::size_t kMaxAlgorithm = 16;

meeting::DtlsRole ParseRole(Fields& dtls) {
  const std::string role = dtls.OptionalText("role", 8).value_or("auto");
  if (role == "client") return meeting::DtlsRole::kClient;
  if (role == "server") return meeting::DtlsRole::kServer;
  if (role != "auto") dtls.Fault("role", "not \"auto\", \"client\" or \"server\"");
  return meeting::DtlsRole::kAuto;
}

std::vector<meeting::Fingerprint> ParseFingerprints(Fields& dtls) {
  std::vector<meeting::Fingerprint> fingerprints;
  const boost::json::array* const list = dtls.Value("fingerprints").if_array();
  if (list == nullptr || list->empty() || list->size() > kMaxFingerprints) {
    dtls.Fault("fingerprints", "not a list of 1 to " + std::to_string(kMaxFingerprints));
    return fingerprints;
  }
  for (const boost::json::value& item : *list) {
    Fields fingerprint(item);
    fingerprints.push_back(
        {fingerprint.Text("algorithm", kMaxAlgorithm), fingerprint.Text("value", kMaxFingerprintText)});
    if (!fingerprint.ok()) dtls.Fault("fingerprints", fingerprint.error().message);
  }
  return fingerprints;
}

}  // namespace

ParsedEvent ParseCreateTransport(Fields& fields) {
  ParsedEvent event{fields.Text("meetingId", kMaxId), {}};
  const std::string direction = fields.Text("direction", 8);
  if (direction != "send" && direction != "recv") fields.Fault("direction", "not \"send\" or \"recv\"");
  event.action = meeting::Request::Body(
      meeting::AddTransport{direction == "send" ? meeting::Direction::kSend : meeting::Direction::kReceive});
  return event;
}

ParsedEvent ParseConnectTransport(Fields& fields) {
  meeting::Connect connect;
  connect.transport_id = fields.Text("transportId", kMaxId);
  Fields dtls(fields.Value("dtlsParameters"));
  connect.role = ParseRole(dtls);
  connect.fingerprints = ParseFingerprints(dtls);
  if (!dtls.ok()) fields.Fault("dtlsParameters", dtls.error().message);
  return {{}, meeting::Request::Body(std::move(connect))};
}

ParsedEvent ParseRestartIce(Fields& fields) {
  return {{}, meeting::Request::Body(meeting::Restart{fields.Text("transportId", kMaxId)})};
}

}  // namespace kcs::signaling
