#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "load/latency.h"
#include "load/options.h"

namespace kcs::load {

// Of the participants that were complete: from the first event to the first media.
struct JoinTimes {
  Duration min{};
  Duration median{};
  Duration p99{};
  Duration max{};
};
// All zero without any.
JoinTimes MakeJoinTimes(std::vector<Duration> times);

// What a process used while it was measured.
struct ProcessReport {
  int pid = 0;
  std::string role;  // "server", "worker", "load test"
  Duration cpu{};
  std::uint64_t rss = 0;  // bytes, at the end
};

// What was seen. Counts are of the measured time, unless they say otherwise.
struct Report {
  Options options;
  Duration measured{};
  bool interrupted = false;

  std::uint32_t participants = 0;
  std::uint32_t complete = 0;  // of them: in the meeting, everything consumed, media came
  std::uint32_t dropped = 0;   // complete, and lost afterwards
  JoinTimes join;
  Duration all_joined{};  // from when the first of them began until the last one was complete
  std::map<std::string, std::uint32_t> failures;  // why, and how many
  std::optional<crypto::SrtpProfile> srtp;        // what the first one agreed on

  std::uint64_t streams_expected = 0;
  std::uint64_t streams_flowing = 0;  // something came of them, at any time

  std::uint64_t sent_packets = 0;  // RTP, by the publishers
  std::uint64_t sent_bytes = 0;    // UDP payloads
  std::uint64_t refused_packets = 0;
  std::uint64_t received_packets = 0;  // RTP that came to the receivers, of all kinds
  std::uint64_t received_bytes = 0;
  // How many packets would come if everybody got everything; not known with simulcast.
  std::optional<std::uint64_t> expected_packets;
  std::uint64_t delivered_packets = 0;  // of the streams, each once
  std::int64_t lost_packets = 0;        // missing in the end
  std::int64_t recovered_packets = 0;
  std::uint64_t padding_packets = 0;
  std::uint64_t undecryptable_packets = 0;
  std::uint64_t key_frame_requests = 0;
  std::uint64_t media_bytes = 0;  // RTP packets of the streams
  Latency audio;
  Latency video;

  std::vector<ProcessReport> processes;
  Duration lateness_p99{};  // of this process' own timer
  Duration lateness_max{};

  double loss() const;  // 0 to 1
  // CPU microseconds of the workers for each packet that came to the receivers; nothing if not known.
  std::optional<double> worker_us_per_packet() const;
  bool ok() const { return complete == participants && dropped == 0; }
};

std::string ReportTable(const Report& report);
std::string ReportJson(const Report& report);

}  // namespace kcs::load
