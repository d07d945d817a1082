#include "load/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace kcs::load {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Report SomeReport() {
  Report report;
  report.measured = 10s;
  report.participants = report.complete = 10;
  report.all_joined = 2500ms;
  report.streams_expected = report.streams_flowing = 90;
  report.sent_packets = 1000;
  report.sent_bytes = 1'250'000;
  report.received_packets = 9000;
  report.expected_packets = 9000;
  report.delivered_packets = 8991;
  report.lost_packets = 9;
  report.video.Add(2ms);
  report.processes = {
      {10, "worker", 45ms, 20'000'000}, {11, "worker", 45ms, 20'000'000}, {9, "server", 5s, 1}};
  return report;
}

TEST(JoinTimes, AreQuantilesOfWhoJoined) {
  std::vector<Duration> times;
  for (int i = 100; i >= 0; --i) times.push_back(Duration(i * 1000));
  const JoinTimes join = MakeJoinTimes(times);
  EXPECT_EQ(join.min, Duration(0));
  EXPECT_EQ(join.median, Duration(50ms));
  EXPECT_EQ(join.p99, Duration(99ms));
  EXPECT_EQ(join.max, Duration(100ms));
  EXPECT_EQ(MakeJoinTimes({}).max, Duration(0));
}

TEST(Report, CountsTheWorkersCpuForEachPacket) {
  Report report = SomeReport();
  ASSERT_TRUE(report.worker_us_per_packet());
  EXPECT_DOUBLE_EQ(*report.worker_us_per_packet(), 10);
  report.processes.erase(report.processes.begin(), report.processes.begin() + 2);
  EXPECT_FALSE(report.worker_us_per_packet());
}

TEST(Report, SaysThatLessWasSentThanItStandsFor) {
  Report report = SomeReport();
  EXPECT_THAT(ReportTable(report), Not(HasSubstr("slower")));
  report.options.slower = 5;
  EXPECT_THAT(ReportTable(report), HasSubstr("slower      everything 5 times as seldom\n"));
  EXPECT_EQ(boost::json::parse(ReportJson(report)).at("slower").to_number<int>(), 5);
}

TEST(Report, IsOkOnlyIfEverybodyJoinedAndStayed) {
  Report report = SomeReport();
  EXPECT_TRUE(report.ok());
  report.dropped = 1;
  EXPECT_FALSE(report.ok());
  report.dropped = 0;
  report.complete = 9;
  EXPECT_FALSE(report.ok());
}

TEST(Report, TableSaysWhatWasSeen) {
  Report report = SomeReport();
  report.failures["meeting-full: there is no room"] = 3;
  const std::string table = ReportTable(report);
  EXPECT_THAT(table, HasSubstr("10 of 10 participants"));
  EXPECT_THAT(table, HasSubstr("3 x  meeting-full: there is no room"));
  EXPECT_THAT(table, HasSubstr("2.5 s after the first began"));
  EXPECT_THAT(table, HasSubstr("1.00 Mbit/s"));
  EXPECT_THAT(table, HasSubstr("99.900 %"));
  EXPECT_THAT(table, HasSubstr("lost        9 packets, 0.1000 %"));
  EXPECT_THAT(table, HasSubstr("p50 2.00"));
  EXPECT_THAT(table, HasSubstr("10.00 us of the workers' CPU"));
  EXPECT_THAT(table, Not(HasSubstr("audio")));
}

TEST(Report, JsonSaysTheSame) {
  const auto json = boost::json::parse(ReportJson(SomeReport()));
  EXPECT_TRUE(json.at("ok").as_bool());
  EXPECT_EQ(json.at("participants").at("joined").to_number<int>(), 10);
  EXPECT_DOUBLE_EQ(json.at("allJoinedMs").to_number<double>(), 2500);
  EXPECT_EQ(json.at("received").at("lost").to_number<int>(), 9);
  EXPECT_NEAR(json.at("received").at("loss").to_number<double>(), 0.001, 1e-9);
  EXPECT_DOUBLE_EQ(json.at("latency").at("video").at("p50Ms").to_number<double>(), 2);
  EXPECT_TRUE(json.at("latency").at("audio").at("p50Ms").is_null());
  EXPECT_DOUBLE_EQ(json.at("workerMicrosecondsPerPacket").to_number<double>(), 10);
  EXPECT_TRUE(json.at("srtp").is_null());
  EXPECT_DOUBLE_EQ(json.at("processes").as_array()[0].at("cpuPercent").to_number<double>(), 0.45);
}

TEST(Report, SaysNothingOfWhatIsNotKnown) {
  Report report = SomeReport();
  report.processes.clear();
  report.expected_packets.reset();
  const auto json = boost::json::parse(ReportJson(report));
  EXPECT_TRUE(json.at("workerMicrosecondsPerPacket").is_null());
  EXPECT_TRUE(json.at("received").at("expected").is_null());
  EXPECT_THAT(ReportTable(report), Not(HasSubstr("delivered")));
}

}  // namespace
}  // namespace kcs::load
