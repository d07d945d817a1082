#include "server/http/response_head.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <string_view>

namespace kcs::http {
namespace {

bool ForbidsBody(int status) { return status < 200 || status == 204 || status == 304; }

// RFC 9110 5.5: "Field values containing CR, LF, or NUL characters are invalid and dangerous".
bool IsSafe(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// IMF-fixdate of RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string Date(std::int64_t unix_millis) {
  const std::time_t seconds = static_cast<std::time_t>(unix_millis / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

}  // namespace

bool SendsBody(const Response& response, const AnswerContext& context) {
  return !context.head_request && !ForbidsBody(response.status);
}

std::string ResponseHead(const Response& response, const AnswerContext& context) {
  std::string out;
  out.reserve(256);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(ReasonPhrase(response.status)).append("\r\n");
  AppendField(out, "Date", Date(context.unix_millis));
  for (const Headers::Field& field : response.headers.fields()) {
    if (!field.name.empty() && IsSafe(field.name) && IsSafe(field.value))
      AppendField(out, field.name, field.value);
  }
  // RFC 9110 8.6: "A server MUST NOT send a Content-Length header field in any response with a status code of
  // 1xx (Informational) or 204 (No Content)."
  if (!ForbidsBody(response.status))
    AppendField(out, "Content-Length", std::to_string(response.content().size()));
  if (!context.keep_alive) {
    AppendField(out, "Connection", "close");
  } else if (context.http_1_0) {
    AppendField(out, "Connection", "keep-alive");
  }
  out.append("\r\n");
  return out;
}

}  // namespace kcs::http
