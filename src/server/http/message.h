#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/socket_address.h"

// HTTP requests and responses as plain values.
namespace kcs::http {

// Header fields in order of arrival; names compare without case (RFC 9110 5.1).
class Headers {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  // The first value of that name; empty when there is none.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  // Replaces every field of that name.
  void Set(std::string_view name, std::string_view value);
  void Add(std::string_view name, std::string_view value);
  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

// Decoded name=value pairs in order: the query, or what a route's ":name" parts matched. Names compare
// exactly.
class Parameters {
 public:
  // The first value of that name; empty when there is none.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  void Add(std::string name, std::string value);
  const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

struct Request {
  std::string method;  // upper case as sent: "GET"
  std::string target;  // as sent: "/a%20b?x=1"
  std::string path;    // percent-decoded, without the query: "/a b"
  Parameters query;    // percent-decoded, '+' is a space
  Parameters route;    // the ":name" parts of the matched pattern, percent-decoded
  Headers headers;
  std::string body;
  SocketAddress remote;
  bool tls = false;
  bool websocket_upgrade = false;  // a well-formed RFC 6455 opening handshake
  bool body_too_large =
      false;  // only ever seen by mounts: `body` is then empty; the server answers 413 by default

  // The token of "Authorization: Bearer <token>"; empty when there is none.
  std::string_view BearerToken() const;
};

struct Response {
  int status = 200;
  Headers headers;  // Content-Length, Date, Connection and CORS fields are the server's
  std::string body;
  std::shared_ptr<const std::string> shared_body;  // sent instead of `body` when set; for what many receive

  static Response Text(int status, std::string body);
  static Response Json(int status, std::string body);
  // {"success":false,"message":...,"error":{"code":...}} with the status' own words.
  static Response Error(int status);

  std::string_view content() const { return shared_body ? std::string_view(*shared_body) : body; }
};

// "Not Found" for 404; "Unknown" for a status without words.
std::string_view ReasonPhrase(int status);

}  // namespace kcs::http
