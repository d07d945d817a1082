#include "server/http/message.h"

#include <algorithm>
#include <array>

namespace kcs::http {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

struct StatusWords {
  int status;
  std::string_view phrase;
  std::string_view code;
};

constexpr std::array kStatusWords = {
    StatusWords{101, "Switching Protocols", "switching-protocols"},
    StatusWords{200, "OK", "ok"},
    StatusWords{201, "Created", "created"},
    StatusWords{202, "Accepted", "accepted"},
    StatusWords{204, "No Content", "no-content"},
    StatusWords{206, "Partial Content", "partial-content"},
    StatusWords{301, "Moved Permanently", "moved"},
    StatusWords{302, "Found", "moved"},
    StatusWords{304, "Not Modified", "not-modified"},
    StatusWords{308, "Permanent Redirect", "moved"},
    StatusWords{400, "Bad Request", "bad-request"},
    StatusWords{401, "Unauthorized", "unauthorized"},
    StatusWords{403, "Forbidden", "forbidden"},
    StatusWords{404, "Not Found", "not-found"},
    StatusWords{405, "Method Not Allowed", "method-not-allowed"},
    StatusWords{408, "Request Timeout", "timeout"},
    StatusWords{409, "Conflict", "conflict"},
    StatusWords{410, "Gone", "gone"},
    StatusWords{413, "Content Too Large", "too-large"},
    StatusWords{415, "Unsupported Media Type", "unsupported-media-type"},
    StatusWords{416, "Range Not Satisfiable", "range-not-satisfiable"},
    StatusWords{422, "Unprocessable Content", "invalid-payload"},
    StatusWords{426, "Upgrade Required", "upgrade-required"},
    StatusWords{429, "Too Many Requests", "rate-limited"},
    StatusWords{431, "Request Header Fields Too Large", "header-too-large"},
    StatusWords{500, "Internal Server Error", "internal"},
    StatusWords{501, "Not Implemented", "not-implemented"},
    StatusWords{502, "Bad Gateway", "bad-gateway"},
    StatusWords{503, "Service Unavailable", "unavailable"},
};

const StatusWords* FindWords(int status) {
  const auto* it = std::find_if(kStatusWords.begin(), kStatusWords.end(),
                                [&](const StatusWords& words) { return words.status == status; });
  return it == kStatusWords.end() ? nullptr : it;
}

}  // namespace

std::string_view Headers::Get(std::string_view name) const {
  for (const Field& field : fields_) {
    if (SameName(field.name, name)) return field.value;
  }
  return {};
}

bool Headers::Has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const Field& field) { return SameName(field.name, name); });
}

void Headers::Set(std::string_view name, std::string_view value) {
  std::erase_if(fields_, [&](const Field& field) { return SameName(field.name, name); });
  Add(name, value);
}

void Headers::Add(std::string_view name, std::string_view value) {
  fields_.push_back({std::string(name), std::string(value)});
}

std::string_view Parameters::Get(std::string_view name) const {
  for (const auto& [key, value] : entries_) {
    if (key == name) return value;
  }
  return {};
}

bool Parameters::Has(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& entry) { return entry.first == name; });
}

void Parameters::Add(std::string name, std::string value) {
  entries_.emplace_back(std::move(name), std::move(value));
}

std::string_view Request::BearerToken() const {
  // RFC 9110 11.1: the scheme is a case-insensitive token.
  constexpr std::string_view kScheme = "bearer ";
  std::string_view value = headers.Get("authorization");
  if (value.size() <= kScheme.size() || !SameName(value.substr(0, kScheme.size()), kScheme)) return {};
  value.remove_prefix(kScheme.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value;
}

namespace {

Response Of(int status, std::string_view type, std::string body) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", std::string(type));
  response.body = std::move(body);
  return response;
}

}  // namespace

Response Response::Text(int status, std::string body) {
  return Of(status, "text/plain; charset=utf-8", std::move(body));
}

Response Response::Json(int status, std::string body) {
  return Of(status, "application/json", std::move(body));
}

Response Response::Error(int status) {
  const StatusWords* words = FindWords(status);
  std::string body = R"({"success":false,"message":")";
  body += ReasonPhrase(status);
  body += R"(","error":{"code":")";
  body += words != nullptr ? words->code : std::string_view("error");
  body += R"("}})";
  return Json(status, std::move(body));
}

std::string_view ReasonPhrase(int status) {
  const StatusWords* words = FindWords(status);
  return words != nullptr ? words->phrase : std::string_view("Unknown");
}

}  // namespace kcs::http
