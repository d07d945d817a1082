#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kcs::socketio {

// Raw bytes of one attachment, shared between a packet and its receivers.
using Attachment = std::shared_ptr<const std::string>;

// The arguments of an event or of an acknowledgement, without the event's name. Binary arguments are in
// `attachments`; where one belongs, `values` has {"_placeholder":true,"num":<index>}. When there are
// attachments, every index is in range; without any, such an object is the client's own invention. Numbers
// that are sent must be finite.
struct Arguments {
  boost::json::array values;
  std::vector<Attachment> attachments;
  // Only of what is sent: JSON as text, which goes out as it is, one more argument behind `values`.
  std::string_view text;

  Arguments() = default;
  // One JSON argument: what nearly every event has.
  Arguments(boost::json::value value) { values.emplace_back(std::move(value)); }  // NOLINT: convenience

  // One argument that has been serialised before, once for several packets; the caller keeps it until they
  // are sent.
  static Arguments Serialised(std::string_view json) {
    Arguments arguments;
    arguments.text = json;
    return arguments;
  }

  // The first argument, or null when there is none.
  const boost::json::value& first() const;
};

// Why a connection to a namespace is refused: the client's `connect_error` has this message and data.
struct ConnectError {
  std::string message;
  boost::json::value data;  // left out when null
};

}  // namespace kcs::socketio
