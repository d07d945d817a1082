#include "engine/transport/outbox.h"

#include <cstring>

#include "base/check.h"
#include "base/prefetch.h"

namespace kcs::transport {

Outbox::Outbox(std::size_t max_bytes, std::size_t max_datagrams)
    : memory_(new std::uint8_t[max_bytes]), max_bytes_(max_bytes), max_datagrams_(max_datagrams) {
  datagrams_.reserve(max_datagrams);
}

std::uint8_t* Outbox::Reserve(std::size_t max_size) {
  KCS_CHECK(max_size <= kMaxDatagram);
  if (max_size > max_bytes_ - used_ || datagrams_.size() == max_datagrams_) {
    ++dropped_;
    reserved_ = 0;
    return nullptr;
  }
  reserved_ = max_size;
  return memory_.get() + used_;
}

void Outbox::Commit(const Tuple& tuple, std::size_t size, std::size_t padding) {
  KCS_CHECK(size <= reserved_);
  // Written in place: a temporary that is copied at once stalls on its own small stores.
  EgressDatagram& datagram = datagrams_.emplace_back();
  datagram.tuple = tuple;
  datagram.offset = static_cast<std::uint32_t>(used_);
  datagram.size = static_cast<std::uint16_t>(size);
  used_ += size;
  padding_ += padding;
  PrefetchToWrite(memory_.get() + used_);  // where the next one will be
  reserved_ = 0;
}

bool Outbox::Append(const Tuple& tuple, Bytes datagram) {
  if (datagram.size() > kMaxDatagram) {
    ++dropped_;
    return false;
  }
  std::uint8_t* memory = Reserve(datagram.size());
  if (memory == nullptr) return false;
  if (!datagram.empty()) std::memcpy(memory, datagram.data(), datagram.size());
  Commit(tuple, datagram.size());
  return true;
}

void Outbox::Clear() {
  datagrams_.clear();
  used_ = 0;
  padding_ = 0;
  reserved_ = 0;
}

}  // namespace kcs::transport
