#include "load/meetings.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "load/http_client.h"
#include "load/signaling.h"

namespace kcs::load {
namespace {

namespace json = boost::json;

Result<json::object> Ask(const RestServer& server, std::string_view method, const std::string& path,
                         std::string_view token, std::string_view body) {
  const auto answer = AskHttp(server.url, server.address, method, path, token, body);
  if (!answer) return Fail("the server cannot be reached: " + answer.error());
  boost::system::error_code failure;
  json::value value = json::parse(answer->body, failure);
  if (failure || !value.is_object()) {
    return Fail("what is at " + server.url.HostAndPort() + " does not answer like this server: HTTP " +
                std::to_string(answer->status) + " to " + path);
  }
  json::object& object = value.get_object();
  if (answer->status >= 300) {
    const json::object* const error = ObjectAt(object, "error");
    return Fail((error == nullptr ? "HTTP " + std::to_string(answer->status) : TextAt(*error, "code")) +
                ": " + TextAt(object, "message"));
  }
  return std::move(object);
}

}  // namespace

Result<std::string> CreateMeeting(const RestServer& server, std::string_view token,
                                  std::uint32_t participants) {
  const std::string body =
      json::serialize(json::object{{"meeting_title", "Load test"}, {"max_participants", participants}});
  const auto answer = Ask(server, "POST", "/api/meetings", token, body);
  if (!answer && answer.error().find("max_participants") != std::string::npos) {
    return Fail("the server takes no meetings of " + std::to_string(participants) +
                " participants; its setting MAX_PARTICIPANTS says how many: " + answer.error());
  }
  if (!answer) return Fail("no meeting could be made: " + answer.error());
  const json::object* const data = ObjectAt(*answer, "data");
  const json::object* const meeting = data == nullptr ? nullptr : ObjectAt(*data, "meeting");
  const std::string id = meeting == nullptr ? std::string() : TextAt(*meeting, "id");
  if (id.empty()) return Fail("no meeting could be made: the server does not say its id");
  return id;
}

Result<void> DeleteMeeting(const RestServer& server, std::string_view token, const std::string& id) {
  const auto answer = Ask(server, "DELETE", "/api/meetings/" + id, token, {});
  if (!answer) return Fail(answer.error());
  return {};
}

Result<std::vector<int>> WorkerPids(const RestServer& server, std::string_view admin_token) {
  const auto answer = Ask(server, "GET", "/api/health/webrtc", admin_token, {});
  if (!answer) return Fail(answer.error());
  const json::object* const data = ObjectAt(*answer, "data");
  const json::object* const details = data == nullptr ? nullptr : ObjectAt(*data, "details");
  const json::array* const pids = details == nullptr ? nullptr : ArrayAt(*details, "workerPids");
  if (pids == nullptr) return Fail("the server does not tell its workers' process ids");
  std::vector<int> out;
  for (const json::value& pid : *pids) {
    boost::system::error_code error;
    const int number = pid.is_number() ? pid.to_number<int>(error) : 0;
    if (!error && number > 0) out.push_back(number);
  }
  return out;
}

}  // namespace kcs::load
