#include "server/app/metrics_page.h"

#include "server/app/server_events.h"
#include "server/metrics/page.h"

namespace kcs::app {
namespace {

void AddMeetings(const meeting::Meetings& meetings, metrics::Page& page) {
  meeting::Census total;
  std::size_t active = 0;
  meetings.ForEach([&](const meeting::Meeting& meeting) {
    const meeting::Census census = meeting.census();
    if (census.participants > 0) ++active;
    total.participants += census.participants;
    total.waiting += census.waiting;
    total.producers += census.producers;
    total.consumers += census.consumers;
  });
  page.Gauge("kcs_meetings", "Meetings with participants", static_cast<double>(active));
  page.Gauge("kcs_participants", "Participants of all meetings", static_cast<double>(total.participants));
  page.Gauge("kcs_waiting_sockets", "Sockets that turned to a meeting and have not joined it",
             static_cast<double>(total.waiting));
  page.Gauge("kcs_producers", "Streams that participants send", static_cast<double>(total.producers));
  page.Gauge("kcs_consumers", "Streams that participants receive", static_cast<double>(total.consumers));
}

void AddSignaling(const signaling::Hub& hub, socketio::Server& sockets, metrics::Page& page) {
  page.Gauge("kcs_sockets", "Connected Socket.IO clients", static_cast<double>(hub.sockets()));
  page.Gauge("kcs_engine_sessions", "Open Engine.IO sessions",
             static_cast<double>(sockets.engine().sessions()));
  for (const auto& [event, count] : hub.counters().requests) {
    page.Counter("kcs_requests_total", "Events of clients", static_cast<double>(count), {{"event", event}});
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(meeting::ErrorCode::kCount); ++i) {
    const auto code = static_cast<meeting::ErrorCode>(i);
    page.Counter("kcs_request_errors_total", "Refused events and connections",
                 static_cast<double>(hub.counters().errors[code]), {{"code", std::string(ToString(code))}});
  }
}

void AddWorkers(const workers::WorkerPool& pool, metrics::Page& page) {
  const auto status = pool.Workers();
  for (std::size_t i = 0; i < status.size(); ++i) {
    const metrics::Page::Labels worker{{"worker", std::to_string(i)}};
    page.Gauge("kcs_worker_up", "Whether the media worker serves", status[i].up ? 1 : 0, worker);
    page.Counter("kcs_worker_restarts_total", "Times the media worker was lost",
                 static_cast<double>(status[i].restarts), worker);
    const auto& counters = pool.counters()[i];
    if (!counters) continue;
    const auto count = [&](const char* name, const char* help, std::uint64_t value) {
      page.Counter(name, help, static_cast<double>(value), worker);
    };
    count("kcs_worker_packets_received_total", "Datagrams and frames received", counters->packets_received);
    count("kcs_worker_bytes_received_total", "Bytes received", counters->bytes_received);
    count("kcs_worker_packets_sent_total", "Datagrams and frames sent", counters->packets_sent);
    count("kcs_worker_bytes_sent_total", "Bytes sent", counters->bytes_sent);
    count("kcs_worker_padding_bytes_sent_total", "Bytes sent that are RTP padding behind media",
          counters->padding_sent);
    count("kcs_worker_udp_send_calls_total", "System calls that sent", counters->udp.send_calls);
    count("kcs_worker_udp_messages_sent_total", "Messages, of a datagram or a run of them, that these took",
          counters->udp.messages);
    count("kcs_worker_udp_datagrams_sent_total", "Datagrams in all messages", counters->udp.datagrams);
    count("kcs_worker_udp_runs_sent_total", "Messages of several datagrams", counters->udp.runs);
    count("kcs_worker_udp_run_datagrams_sent_total", "Datagrams in these", counters->udp.run_datagrams);
    count("kcs_worker_udp_runs_split_total", "Messages of several datagrams that the kernel refused",
          counters->udp.split_runs);
    page.Gauge("kcs_worker_udp_segmentation",
               "Whether several datagrams leave as one message now; not when a route refuses that",
               counters->udp.segmentation ? 1 : 0, worker);
    count("kcs_worker_handshakes_started_total", "DTLS handshakes begun", counters->handshakes.started);
    count("kcs_worker_handshakes_completed_total", "DTLS handshakes completed",
          counters->handshakes.completed);
    count("kcs_worker_handshakes_failed_total", "DTLS handshakes failed", counters->handshakes.failed);
    count("kcs_worker_handshake_datagrams_deferred_total", "Datagrams of handshakes that had to wait",
          counters->handshakes.deferred_datagrams);
    page.Gauge("kcs_worker_transports", "Transports", counters->transports, worker);
    for (const auto& [reason, dropped] : counters->drops) {
      page.Counter("kcs_worker_drops_total", "What was dropped, by reason", static_cast<double>(dropped),
                   {{"worker", std::to_string(i)}, {"reason", reason}});
    }
  }
}

}  // namespace

std::string MetricsPage(const meeting::Meetings& meetings, const signaling::Hub& hub,
                        const workers::WorkerPool& pool, socketio::Server& sockets,
                        const http::Server& server) {
  metrics::Page page;
  AddMeetings(meetings, page);
  AddSignaling(hub, sockets, page);
  AddServerEvents(server.counters(), page);
  AddServerEvents(sockets.counters(), page);
  AddSessionEvents(sockets.engine().counters(), sockets.engine().closed(), page);
  AddWorkers(pool, page);
  return page.Text();
}

}  // namespace kcs::app
