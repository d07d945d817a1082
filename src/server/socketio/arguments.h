#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string>
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

  Arguments() = default;
  // One JSON argument: what nearly every event has.
  Arguments(boost::json::value value) { values.emplace_back(std::move(value)); }  // NOLINT: convenience

  // The first argument, or null when there is none.
  const boost::json::value& first() const;
};

// Why a connection to a namespace is refused: the client's `connect_error` has this message and data.
struct ConnectError {
  std::string message;
  boost::json::value data;  // left out when null
};

}  // namespace kcs::socketio
