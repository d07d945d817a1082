#include "server/app/server_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

namespace kcs::app {
namespace {

using testing::HasSubstr;
using testing::Not;

// Lines with values, each of which may be there once only.
std::set<std::string> Samples(const metrics::Page& page) {
  std::set<std::string> samples;
  std::istringstream text(page.Text());
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with('#')) continue;
    EXPECT_TRUE(samples.insert(line).second) << line;
  }
  return samples;
}

TEST(ServerEvents, SayHowManyMessagesAWriteTook) {
  EnumCounters<http::ServerEvent> events;
  events.Add(http::ServerEvent::kWebSocketMessage, 100);
  events.Add(http::ServerEvent::kWebSocketWrite, 7);
  metrics::Page page;
  AddServerEvents(events, page);
  EXPECT_THAT(page.Text(), HasSubstr("kcs_http_events_total{event=\"websocket_message\"} 100\n"));
  EXPECT_THAT(page.Text(), HasSubstr("kcs_http_events_total{event=\"websocket_write\"} 7\n"));
}

TEST(ServerEvents, SayWhichBoundASessionPassed) {
  EnumCounters<socketio::EngineEvent> events;
  EnumCounters<socketio::EngineCloseReason> closed;
  events.Add(socketio::EngineEvent::kTooManySessions, 2);
  closed.Add(socketio::EngineCloseReason::kOverflow, 3);
  metrics::Page page;
  AddSessionEvents(events, closed, page);
  EXPECT_THAT(page.Text(), HasSubstr("kcs_engine_events_total{event=\"too_many_sessions\"} 2\n"));
  EXPECT_THAT(page.Text(), HasSubstr("kcs_engine_closes_total{reason=\"overflow\"} 3\n"));
}

TEST(ServerEvents, AreAllThereFromTheBeginningEachByItsName) {
  metrics::Page page;
  AddServerEvents(EnumCounters<http::ServerEvent>(), page);
  AddServerEvents(EnumCounters<socketio::ServerEvent>(), page);
  AddSessionEvents({}, {}, page);
  EXPECT_EQ(Samples(page).size(), EnumCounters<http::ServerEvent>::kSize +
                                      EnumCounters<socketio::ServerEvent>::kSize +
                                      EnumCounters<socketio::EngineEvent>::kSize +
                                      EnumCounters<socketio::EngineCloseReason>::kSize);
  EXPECT_THAT(page.Text(), Not(HasSubstr("\"unknown\"")));
}

}  // namespace
}  // namespace kcs::app
