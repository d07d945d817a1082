#include "server/stats/live_stats.h"

#include <boost/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace kcs::stats {
namespace {

namespace json = boost::json;
using meeting::MediaId;
using meeting::MediaOf;
using meeting::StreamStats;
using State = meeting::TransportStateChanged;

constexpr double kBestScore = 10;

template <typename Stats, typename Key>
std::unordered_map<MediaId, const Stats*> Index(const std::vector<Stats>& all, Key key) {
  std::unordered_map<MediaId, const Stats*> index;
  for (const Stats& stats : all) index.emplace(stats.*key, &stats);
  return index;
}

const StreamStats* Lookup(const std::unordered_map<MediaId, const StreamStats*>& index, MediaId id) {
  const auto found = index.find(id);
  return found == index.end() ? nullptr : found->second;
}

json::value KnownOrNull(double value) { return value < 0 ? json::value(nullptr) : json::value(value); }

json::value LayerOrNull(int layer) { return layer < 0 ? json::value(nullptr) : json::value(layer); }
json::value BitrateOrNull(std::uint32_t bps) { return bps == 0 ? json::value(nullptr) : json::value(bps); }

std::string_view Name(State::Ice ice) {
  constexpr std::string_view kNames[] = {"new", "connected", "completed", "disconnected"};
  return kNames[static_cast<std::size_t>(ice)];
}
std::string_view Name(State::Dtls dtls) {
  constexpr std::string_view kNames[] = {"new", "connecting", "connected", "failed", "closed"};
  return kNames[static_cast<std::size_t>(dtls)];
}

json::object Stream(const StreamStats& s) {
  return {{"packets", s.packets}, {"bytes", s.bytes},      {"bitrate", s.bitrate},
          {"loss", s.loss},       {"jitter", s.jitter_ms}, {"rtt", KnownOrNull(s.rtt_ms)},
          {"nacks", s.nacks},     {"plis", s.plis},        {"retransmitted", s.retransmitted},
          {"score", s.score}};
}

// The mean of the streams that carry something; nothing when none does.
std::optional<double> ScoreOf(const MediaOf& participant,
                              const std::unordered_map<MediaId, const StreamStats*>& producers,
                              const std::unordered_map<MediaId, const StreamStats*>& consumers) {
  double sum = 0;
  int count = 0;
  const auto add = [&](const StreamStats* stats) {
    if (stats == nullptr || stats->bitrate == 0) return;
    sum += std::min<double>(stats->score, kBestScore) / kBestScore;
    ++count;
  };
  for (const auto& producer : participant.producers) add(Lookup(producers, producer.media));
  for (const auto& consumer : participant.consumers) add(Lookup(consumers, consumer.media));
  if (count == 0) return std::nullopt;
  return sum / count;
}

}  // namespace

Quality Judge(const std::vector<MediaOf>& participants, const meeting::RouterStats& stats) {
  const auto producers = Index(stats.producers, &StreamStats::media);
  const auto consumers = Index(stats.consumers, &StreamStats::media);
  Quality quality;
  double judged = 0;
  for (const MediaOf& participant : participants) {
    const auto score = ScoreOf(participant, producers, consumers);
    if (!score) continue;
    judged += 1;
    quality.average += *score;
    (*score >= kExcellentFrom ? quality.excellent : *score >= kGoodFrom ? quality.good : quality.poor) += 1;
  }
  if (judged > 0) {
    for (double* share : {&quality.average, &quality.poor, &quality.good, &quality.excellent})
      *share /= judged;
  }
  return quality;
}

json::object LiveStats(const meeting::Census& census, const std::vector<MediaOf>& participants,
                       const meeting::RouterStats& stats) {
  std::uint64_t incoming = 0;
  std::uint64_t outgoing = 0;
  for (const meeting::TransportStats& transport : stats.transports) {
    incoming += transport.bitrate_in;
    outgoing += transport.bitrate_out;
  }
  const Quality quality = Judge(participants, stats);
  return {{"participants", census.participants},
          {"activeProducers", census.producers},
          {"activeConsumers", census.consumers},
          {"bandwidth", json::object{{"incoming", incoming}, {"outgoing", outgoing}}},
          {"quality", json::object{{"average", quality.average},
                                   {"poor", quality.poor},
                                   {"good", quality.good},
                                   {"excellent", quality.excellent}}}};
}

json::array ParticipantStats(const std::vector<MediaOf>& participants, const meeting::RouterStats& stats) {
  const auto transports = Index(stats.transports, &meeting::TransportStats::transport);
  const auto producers = Index(stats.producers, &StreamStats::media);
  const auto consumers = Index(stats.consumers, &StreamStats::media);
  json::array all;
  for (const MediaOf& participant : participants) {
    json::array own_transports;
    for (const auto& named : participant.transports) {
      const auto found = transports.find(named.media);
      if (found == transports.end()) continue;
      const meeting::TransportStats& t = *found->second;
      own_transports.push_back(json::object{{"id", named.id},
                                            {"direction", named.detail},
                                            {"ice", Name(t.ice)},
                                            {"dtls", Name(t.dtls)},
                                            {"protocol", t.protocol},
                                            {"bytesReceived", t.bytes_received},
                                            {"bytesSent", t.bytes_sent},
                                            {"bitrateIn", t.bitrate_in},
                                            {"bitrateOut", t.bitrate_out},
                                            {"rtt", KnownOrNull(t.rtt_ms)},
                                            {"availableOutgoingBitrate", BitrateOrNull(t.available_bitrate)},
                                            {"allocatedBitrate", t.allocated_bitrate}});
    }
    json::array own_producers;
    for (const auto& named : participant.producers) {
      const StreamStats* const s = Lookup(producers, named.media);
      if (s == nullptr) continue;
      json::object item{{"id", named.id}, {"source", named.detail}};
      for (const auto& field : Stream(*s)) item.insert(field);
      own_producers.push_back(std::move(item));
    }
    json::array own_consumers;
    for (const auto& named : participant.consumers) {
      const StreamStats* const s = Lookup(consumers, named.media);
      if (s == nullptr) continue;
      json::object item{{"id", named.id}, {"producerId", named.detail}};
      for (const auto& field : Stream(*s)) item.insert(field);
      item["spatialLayer"] = LayerOrNull(s->spatial_layer);
      item["temporalLayer"] = LayerOrNull(s->temporal_layer);
      item["reason"] = s->layers_reason ? json::value(ToString(*s->layers_reason)) : json::value(nullptr);
      own_consumers.push_back(std::move(item));
    }
    all.push_back(json::object{{"participantId", participant.participant_id},
                               {"userName", participant.user_name},
                               {"transports", std::move(own_transports)},
                               {"producers", std::move(own_producers)},
                               {"consumers", std::move(own_consumers)}});
  }
  return all;
}

}  // namespace kcs::stats
