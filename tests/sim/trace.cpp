#include "trace.h"

#include <array>
#include <sstream>

namespace kcs::sim {
namespace {

constexpr std::array<const char*, congestion::SendSideEstimator::kReasons> kReasons = {
    "start", "delivered", "probe", "growth", "delay", "loss", "silence", "remb", "idle"};

}  // namespace

std::string ToCsv(const Trace& trace) {
  std::ostringstream out;
  out << "seconds,capacity,estimate,allocated,sent,arrived,queue_ms,packets,overflowed,lost,reason,"
         "acknowledged,"
         "estimated_queue_ms,loss,rtt_ms,probing,audio_gap_ms,audio_lost";
  const std::size_t pictures = trace.samples.empty() ? 0 : trace.samples.front().pictures.size();
  for (std::size_t i = 0; i < pictures; ++i)
    out << ",layer" << i << ",temporal" << i << ",bps" << i << ",gap_ms" << i;
  out << '\n';
  for (const Sample& s : trace.samples) {
    out << ToSeconds(s.at) << ',' << s.capacity << ',' << s.estimate << ',' << s.allocated << ','
        << s.sent_bps << ',' << s.arrived_bps << ',' << ToMillis(s.queue) << ',' << s.sent << ','
        << s.overflowed << ',' << s.lost << ',' << kReasons.at(static_cast<std::size_t>(s.estimator.reason))
        << ',' << s.estimator.acknowledged_bps << ',' << ToMillis(s.estimator.queue) << ','
        << s.estimator.loss << ',' << ToMillis(s.estimator.rtt) << ',' << s.estimator.probing << ','
        << ToMillis(s.audio_gap) << ',' << s.audio_lost;
    for (const Sample::Picture& p : s.pictures)
      out << ',' << p.layer << ',' << p.temporal << ',' << p.bps << ',' << ToMillis(p.gap);
    out << '\n';
  }
  return out.str();
}

}  // namespace kcs::sim
