#include "server/metrics/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::metrics {
namespace {

using testing::HasSubstr;

TEST(Page, WritesPrometheusText) {
  Page page;
  page.Gauge("kcs_participants", "People in meetings", 3);
  EXPECT_EQ(page.Text(),
            "# HELP kcs_participants People in meetings\n"
            "# TYPE kcs_participants gauge\n"
            "kcs_participants 3\n");
}

TEST(Page, GathersWhatHasOneName) {
  Page page;
  page.Counter("kcs_drops_total", "Dropped", 1, {{"reason", "a"}});
  page.Gauge("other", "Other", 2);
  page.Counter("kcs_drops_total", "Dropped", 5, {{"reason", "b"}});
  EXPECT_THAT(page.Text(), HasSubstr("# TYPE kcs_drops_total counter\n"
                                     "kcs_drops_total{reason=\"a\"} 1\n"
                                     "kcs_drops_total{reason=\"b\"} 5\n"));
}

TEST(Page, EscapesLabels) {
  Page page;
  page.Gauge("x", "X", 1, {{"event", "a\"b\nc"}});
  EXPECT_THAT(page.Text(), HasSubstr("x{event=\"a\\\"b\\nc\"} 1\n"));
}

}  // namespace
}  // namespace kcs::metrics
