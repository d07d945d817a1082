#include "engine/worker/news_queue.h"

#include <boost/container_hash/hash.hpp>

namespace kcs::worker_process {
namespace {

struct IdOf {
  std::uint64_t operator()(const sfu::TransportStateChanged& n) const { return n.transport.value(); }
  std::uint64_t operator()(const sfu::TransportQuality& n) const { return n.transport.value(); }
  std::uint64_t operator()(const sfu::ProducerLayersWanted& n) const { return n.producer.value(); }
  std::uint64_t operator()(const sfu::ProducerScoreChanged& n) const { return n.producer.value(); }
  std::uint64_t operator()(const sfu::ConsumerLayersChanged& n) const { return n.consumer.value(); }
  std::uint64_t operator()(const sfu::ConsumerScoreChanged& n) const { return n.consumer.value(); }
  std::uint64_t operator()(const sfu::ActiveSpeakerChanged& n) const { return n.router.value(); }
  std::uint64_t operator()(const sfu::AudioLevels& n) const { return n.router.value(); }
  std::uint64_t operator()(const sfu::SpeakerPlacesChanged& n) const { return n.router.value(); }
};

}  // namespace

bool NewsQueue::Put(sfu::Notification news) {
  const Subject subject(news.index(), std::visit(IdOf{}, news));
  const auto found = waiting_.find(subject);
  if (found != waiting_.end()) {
    found->second = std::move(news);
    return true;
  }
  if (order_.size() >= most_) return false;
  waiting_.emplace(subject, std::move(news));
  order_.push_back(subject);
  return true;
}

std::optional<sfu::Notification> NewsQueue::Take() {
  if (order_.empty()) return std::nullopt;
  const auto found = waiting_.find(order_.front());
  std::optional<sfu::Notification> news(std::move(found->second));
  waiting_.erase(found);
  order_.pop_front();
  return news;
}

}  // namespace kcs::worker_process
