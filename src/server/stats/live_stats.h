#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "server/meeting/stats.h"

// The numbers of a meeting that is going on, from the worker's statistics, as REST and the signalling write
// them.
namespace kcs::stats {

// Shares of the participants whose streams can be judged, and the mean of their scores (0...1); all 0 when
// there are none.
struct Quality {
  double average = 0;
  double poor = 0;
  double good = 0;
  double excellent = 0;
};
inline constexpr double kExcellentFrom = 0.8;
inline constexpr double kGoodFrom = 0.5;

Quality Judge(const std::vector<meeting::MediaOf>& participants, const meeting::RouterStats& stats);

// {participants, activeProducers, activeConsumers, bandwidth, quality}
boost::json::object LiveStats(const meeting::Census& census,
                              const std::vector<meeting::MediaOf>& participants,
                              const meeting::RouterStats& stats);
// The transports, producers and consumers of each participant.
boost::json::array ParticipantStats(const std::vector<meeting::MediaOf>& participants,
                                    const meeting::RouterStats& stats);

}  // namespace kcs::stats
