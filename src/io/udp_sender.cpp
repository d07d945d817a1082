#include "io/udp_sender.h"

#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/socket_util.h"

namespace kcs::io {
namespace {

UdpError SendErrorOf(int error) {
  switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EADDRNOTAVAIL:
      return UdpError::kUnreachable;
    case EPERM:
    case EACCES:
      return UdpError::kForbidden;
    case EMSGSIZE:
      return UdpError::kTooLarge;
    case ENOBUFS:
    case ENOMEM:
      return UdpError::kNoBuffers;
    case ECONNREFUSED:
      return UdpError::kRefused;
    case EAFNOSUPPORT:
      return UdpError::kWrongFamily;
    default:
      return UdpError::kSendOther;
  }
}

// Whether the kernel knows the option at all; 0 is "no segmentation", so that nothing changes.
bool KnowsSegmentation(int fd) {
  const int none = 0;
  return ::setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &none, sizeof none) == 0;
}

// A device or route on which the kernel cannot cut messages up.
bool IsSegmentationFailure(int error) { return error == EIO; }
// A segment is longer than the path's MTU (EINVAL; EMSGSIZE since Linux 6.14): alone, it is fragmented.
bool IsSegmentTooLong(int error) { return error == EINVAL || error == EMSGSIZE; }

}  // namespace

SendCounters& SendCounters::operator+=(const SendCounters& other) {
  calls += other.calls;
  messages += other.messages;
  datagrams += other.datagrams;
  runs += other.runs;
  run_datagrams += other.run_datagrams;
  split_runs += other.split_runs;
  return *this;
}

std::size_t RunLength(std::span<const SendItem> items) {
  const SendItem& first = items.front();
  const std::size_t segment = first.data.size();
  const std::uint8_t* end = first.data.data() + segment;
  std::size_t bytes = segment;
  std::size_t count = 1;
  // An empty datagram cannot be a segment.
  while (count < std::min(items.size(), kMaxSegments) && segment != 0) {
    const SendItem& next = items[count];
    bytes += next.data.size();
    if (next.data.data() != end || next.data.size() > segment || next.data.empty() || bytes > kMaxRunBytes ||
        next.to != first.to) {
      break;
    }
    end += next.data.size();
    ++count;
    if (next.data.size() < segment) break;
  }
  return count;
}

UdpSender::UdpSender(int fd, int family, const UdpOptions& options, EnumCounters<UdpError>& errors)
    : fd_(fd),
      family_(family),
      segmentation_(options.segmentation && KnowsSegmentation(fd)),
      send_messages_(options.send_messages != nullptr ? options.send_messages : &::sendmmsg),
      errors_(errors) {}

SendResult UdpSender::Send(std::span<const SendItem> items) {
  SendResult total;
  std::size_t alone = 0;
  while (total.done < items.size() && !total.would_block) {
    const std::size_t messages = Compose(items.subspan(total.done), alone);
    if (messages == 0) {
      errors_.Add(UdpError::kWrongFamily);
      ++total.done;
      alone -= std::min<std::size_t>(alone, 1);
      continue;
    }
    std::size_t still_alone = 0;
    const SendResult part = Submit(messages, still_alone);
    alone = std::max(still_alone, alone - std::min(alone, part.done));
    total.done += part.done;
    total.sent += part.sent;
    total.would_block = part.would_block;
  }
  return total;
}

std::size_t UdpSender::Compose(std::span<const SendItem> items, std::size_t alone) {
  std::size_t messages = 0;
  for (std::size_t item = 0; messages < kBatch && item < items.size(); ++messages) {
    const socklen_t length = ToNative(items[item].to, family_, addresses_[messages]);
    if (length == 0) break;
    const std::size_t run = segmentation_ && item >= alone ? RunLength(items.subspan(item)) : 1;
    Write(messages, items.subspan(item, run), length);
    item += run;
  }
  return messages;
}

void UdpSender::Write(std::size_t message, std::span<const SendItem> run, socklen_t address_length) {
  const SendItem& first = run.front();
  std::size_t size = 0;
  for (const SendItem& item : run) size += item.data.size();
  // sendmmsg does not write through the vector; the field is not const because receiving shares the type.
  vectors_[message] = {const_cast<std::uint8_t*>(first.data.data()), size};
  datagrams_[message] = static_cast<std::uint16_t>(run.size());
  msghdr& header = headers_[message].msg_hdr;
  header = {};
  header.msg_name = &addresses_[message];
  header.msg_namelen = address_length;
  header.msg_iov = &vectors_[message];
  header.msg_iovlen = 1;
  if (run.size() == 1) return;
  header.msg_control = controls_[message].bytes.data();
  header.msg_controllen = controls_[message].bytes.size();
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = IPPROTO_UDP;
  control->cmsg_type = UDP_SEGMENT;
  control->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto segment = static_cast<std::uint16_t>(first.data.size());
  std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
}

SendResult UdpSender::Submit(std::size_t messages, std::size_t& alone) {
  SendResult result;
  std::size_t at = 0;
  while (at < messages) {
    const int sent = send_messages_(fd_, &headers_[at], static_cast<unsigned>(messages - at), MSG_DONTWAIT);
    if (sent > 0) {
      ++counters_.calls;
      CountSent(at, at + static_cast<std::size_t>(sent), result);
      at += static_cast<std::size_t>(sent);
      continue;
    }
    const int error = errno;
    if (error == EINTR) continue;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      result.would_block = true;
      return result;
    }
    // An error is only reported for the first message of a call, of which then nothing has left.
    if (datagrams_[at] > 1 && (IsSegmentationFailure(error) || IsSegmentTooLong(error))) {
      if (IsSegmentationFailure(error)) {
        segmentation_ = false;
        refused_ = true;
      }
      ++counters_.split_runs;
      alone = datagrams_[at];
      return result;
    }
    errors_.Add(SendErrorOf(error), datagrams_[at]);
    result.done += datagrams_[at];
    ++at;
  }
  return result;
}

void UdpSender::CountSent(std::size_t begin, std::size_t end, SendResult& result) {
  for (std::size_t i = begin; i < end; ++i) {
    result.done += datagrams_[i];
    result.sent += datagrams_[i];
    counters_.datagrams += datagrams_[i];
    if (datagrams_[i] > 1) {
      ++counters_.runs;
      counters_.run_datagrams += datagrams_[i];
    }
  }
  counters_.messages += end - begin;
}

}  // namespace kcs::io
