#include "load/report.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdarg>
#include <cstdio>

namespace kcs::load {
namespace {

namespace json = boost::json;

double Millis(Duration d) { return static_cast<double>(d.count()) / 1000; }

__attribute__((format(printf, 2, 3))) void Line(std::string& out, const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length > 0) out.append(line, std::min<std::size_t>(sizeof line - 1, static_cast<std::size_t>(length)));
  out.push_back('\n');
}

// Bits per second.
double Rate(std::uint64_t bytes, Duration time) {
  return time.count() > 0 ? static_cast<double>(bytes) * 8 / ToSeconds(time) : 0;
}
double PerSecond(std::uint64_t count, Duration time) {
  return time.count() > 0 ? static_cast<double>(count) / ToSeconds(time) : 0;
}
double CpuPercent(const ProcessReport& process, Duration time) {
  return time.count() > 0 ? 100.0 * ToSeconds(process.cpu) / ToSeconds(time) : 0;
}

void AddJoins(std::string& out, const Report& r) {
  Line(out, "joined        %u of %u participants (%u meetings of %u, %u of them publishing)", r.complete,
       r.participants, r.options.meetings, r.options.participants, r.options.publishing());
  if (r.dropped > 0) Line(out, "  dropped     %u were lost afterwards", r.dropped);
  for (const auto& [why, count] : r.failures)
    Line(out, "  %8llu x  %s", static_cast<unsigned long long>(count), why.c_str());
  Line(out, "  join time   min %.0f, median %.0f, p99 %.0f, max %.0f ms (first event to first media)",
       Millis(r.join.min), Millis(r.join.median), Millis(r.join.p99), Millis(r.join.max));
  Line(out, "  all in      %.1f s after the first began", ToSeconds(r.all_joined));
  Line(out, "  streams     %llu of %llu had media", static_cast<unsigned long long>(r.streams_flowing),
       static_cast<unsigned long long>(r.streams_expected));
}

void AddMedia(std::string& out, const Report& r) {
  const auto count = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  Line(out, "sent          %llu packets, %.0f/s, %.2f Mbit/s", count(r.sent_packets),
       PerSecond(r.sent_packets, r.measured), Rate(r.sent_bytes, r.measured) / 1e6);
  if (r.options.slower > 1) Line(out, "  slower      everything %u times as seldom", r.options.slower);
  if (r.refused_packets > 0)
    Line(out, "  not sent    %llu packets: this machine did not take them", count(r.refused_packets));
  Line(out, "received      %llu packets, %.0f/s, %.2f Mbit/s", count(r.received_packets),
       PerSecond(r.received_packets, r.measured), Rate(r.received_bytes, r.measured) / 1e6);
  if (r.expected_packets && *r.expected_packets > 0) {
    // What was under way when the time began came too: a little more than all is all.
    const double share = static_cast<double>(r.delivered_packets) / static_cast<double>(*r.expected_packets);
    Line(out, "  delivered   %.3f %% of what was sent to everybody (%llu of %llu)",
         100 * std::min(1.0, share), count(r.delivered_packets), count(*r.expected_packets));
  }
  Line(out, "  lost        %lld packets, %.4f %%, and %lld came by retransmission",
       static_cast<long long>(r.lost_packets), 100 * r.loss(), static_cast<long long>(r.recovered_packets));
  if (r.padding_packets > 0) Line(out, "  padding     %llu packets of probes", count(r.padding_packets));
  if (r.undecryptable_packets > 0)
    Line(out, "  broken      %llu packets could not be decrypted", count(r.undecryptable_packets));
  const auto latency = [&out](const char* name, const Latency& l) {
    if (l.count() == 0) return;
    Line(out, "  %s   p50 %.2f, p99 %.2f, max %.2f ms (sent to arrived, one way)", name,
         Millis(l.Quantile(0.5)), Millis(l.Quantile(0.99)), Millis(l.max()));
  };
  latency("video    ", r.video);
  latency("audio    ", r.audio);
}

void AddProcesses(std::string& out, const Report& r) {
  for (const ProcessReport& process : r.processes) {
    Line(out, "%-9s %7d  %.1f %% of a core, %.1f MB", process.role.c_str(), process.pid,
         CpuPercent(process, r.measured), static_cast<double>(process.rss) / 1e6);
  }
  if (const auto us = r.worker_us_per_packet())
    Line(out, "  %.2f us of the workers' CPU for each packet received", *us);
  Line(out, "  the load test itself was late by %.1f ms (p99), %.1f ms (max)", Millis(r.lateness_p99),
       Millis(r.lateness_max));
}

json::object LatencyJson(const Latency& l) {
  if (l.count() == 0) return {{"packets", 0}, {"p50Ms", nullptr}, {"p99Ms", nullptr}, {"maxMs", nullptr}};
  return {{"packets", l.count()},
          {"p50Ms", Millis(l.Quantile(0.5))},
          {"p99Ms", Millis(l.Quantile(0.99))},
          {"maxMs", Millis(l.max())}};
}

json::array ProcessesJson(const Report& r) {
  json::array out;
  for (const ProcessReport& process : r.processes) {
    out.push_back(json::object{{"role", process.role},
                               {"pid", process.pid},
                               {"cpuPercent", CpuPercent(process, r.measured)},
                               {"cpuMicroseconds", process.cpu.count()},
                               {"rssBytes", process.rss}});
  }
  return out;
}

}  // namespace

JoinTimes MakeJoinTimes(std::vector<Duration> times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const auto at = [&times](double q) {
    return times[static_cast<std::size_t>(q * static_cast<double>(times.size() - 1) + 0.5)];
  };
  return {times.front(), at(0.5), at(0.99), times.back()};
}

double Report::loss() const {
  const auto all = static_cast<double>(delivered_packets) + static_cast<double>(lost_packets);
  return all > 0 ? static_cast<double>(lost_packets) / all : 0;
}

std::optional<double> Report::worker_us_per_packet() const {
  Duration cpu{};
  bool known = false;
  for (const ProcessReport& process : processes) {
    if (process.role != "worker") continue;
    known = true;
    cpu += process.cpu;
  }
  if (!known || received_packets == 0) return std::nullopt;
  return static_cast<double>(cpu.count()) / static_cast<double>(received_packets);
}

std::string ReportTable(const Report& r) {
  std::string out;
  Line(out, "%s%.1f s measured", r.interrupted ? "interrupted; " : "", ToSeconds(r.measured));
  AddJoins(out, r);
  AddMedia(out, r);
  AddProcesses(out, r);
  return out;
}

std::string ReportJson(const Report& r) {
  json::object failures;
  for (const auto& [why, count] : r.failures) failures[why] = count;
  json::object out{
      {"ok", r.ok()},
      {"interrupted", r.interrupted},
      {"seconds", ToSeconds(r.measured)},
      {"meetings", r.options.meetings},
      {"publishersPerMeeting", r.options.publishing()},
      {"slower", r.options.slower},
      {"participants", json::object{{"wanted", r.participants},
                                    {"joined", r.complete},
                                    {"dropped", r.dropped},
                                    {"failures", std::move(failures)}}},
      {"joinMs", json::object{{"min", Millis(r.join.min)},
                              {"median", Millis(r.join.median)},
                              {"p99", Millis(r.join.p99)},
                              {"max", Millis(r.join.max)}}},
      {"allJoinedMs", Millis(r.all_joined)},
      {"streams", json::object{{"expected", r.streams_expected}, {"flowing", r.streams_flowing}}},
      {"sent", json::object{{"packets", r.sent_packets},
                            {"bitrate", Rate(r.sent_bytes, r.measured)},
                            {"refused", r.refused_packets}}},
      {"received", json::object{{"packets", r.received_packets},
                                {"bitrate", Rate(r.received_bytes, r.measured)},
                                {"mediaBitrate", Rate(r.media_bytes, r.measured)},
                                {"expected", r.expected_packets ? json::value(*r.expected_packets)
                                                                : json::value(nullptr)},
                                {"delivered", r.delivered_packets},
                                {"lost", r.lost_packets},
                                {"loss", r.loss()},
                                {"recovered", r.recovered_packets},
                                {"padding", r.padding_packets},
                                {"undecryptable", r.undecryptable_packets}}},
      {"keyFrameRequests", r.key_frame_requests},
      {"latency", json::object{{"video", LatencyJson(r.video)}, {"audio", LatencyJson(r.audio)}}},
      {"processes", ProcessesJson(r)},
      {"lateMs", json::object{{"p99", Millis(r.lateness_p99)}, {"max", Millis(r.lateness_max)}}}};
  out["srtp"] = r.srtp ? json::value(crypto::ToString(*r.srtp)) : json::value(nullptr);
  const auto us = r.worker_us_per_packet();
  out["workerMicrosecondsPerPacket"] = us ? json::value(*us) : json::value(nullptr);
  return json::serialize(out);
}

}  // namespace kcs::load
