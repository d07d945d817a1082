// Cameras that send all their layers in one stream, of which each receiver gets what its link carries.
#include <gtest/gtest.h>

#include "judge.h"
#include "link_change.h"
#include "runs.h"

namespace kcs::sim {
namespace {

using wire::CodecType;

struct Camera {
  const char* name;
  const char* mode;
  CodecType codec;
  std::vector<std::uint32_t> layers;  // each one's own bits
  std::vector<std::uint32_t>
      costs;  // of a picture of each layer, with all that it needs between key pictures
};

void PrintTo(const Camera& camera, std::ostream* out) { *out << camera.name; }

// With L3T3_KEY only the layer that is shown is sent between key pictures, with L3T3 all below it too.
const Camera kVp9{
    "vp9", "L3T3_KEY", CodecType::kVp9, {150'000, 500'000, 1'500'000}, {150'000, 500'000, 1'500'000}};
const Camera kAv1{
    "av1", "L3T3", CodecType::kAv1, {150'000, 350'000, 1'000'000}, {150'000, 500'000, 1'500'000}};

class Svc : public testing::TestWithParam<Camera> {
 protected:
  static Scenario Over(const std::string& name, const LinkModel& link, Duration duration) {
    const Camera& camera = GetParam();
    return {.name = std::string("svc-") + camera.name + "-" + name,
            .duration = duration,
            .senders =
                {{.video = camera.layers, .svc = camera.mode, .codec = camera.codec, .temporal_layers = 3}},
            .receivers = {{.link = link}}};
  }
};
INSTANTIATE_TEST_SUITE_P(Cameras, Svc, testing::Values(kVp9, kAv1),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(Svc, ANarrowLinkGetsTheLowerLayerAtOnceAndAWideOneTheUpperSoon) {
  const Outcome outcome = Play(Over("down-and-up", LinkOf(DownAndUp()), 70s));
  const Trace& trace = outcome.receivers[0];
  EXPECT_EQ(trace.undecodable, 0U);
  const auto first = StaysFrom(trace, 0, 2, {0s, kNarrowFrom});
  ASSERT_TRUE(first);
  EXPECT_LE(*first, 3s);
  ExpectDownAndUp(trace, 2);
}

TEST_P(Svc, ASteadyLinkGetsSteadyPictures) {
  const Window settled = {10s};
  for (const std::uint64_t bps : {400'000U, 1'000'000U, 3'000'000U}) {
    SCOPED_TRACE(bps);
    const Runs runs(Over("steady-" + std::to_string(bps / 1000), LinkOf(bps), 190s));
    const auto most = [&](auto of) {
      return runs.Most([&](const Outcome& o) { return of(o.receivers[0]); });
    };
    const auto in_a_minute = [&](const Outcome& o) {
      return MostSwitchesInAMinute(o.receivers[0], 0, settled);
    };
    EXPECT_LE(runs.Median(in_a_minute), 1);
    EXPECT_LE(runs.Most(in_a_minute), 2);
    EXPECT_LE(most([&](const Trace& t) { return Switches(t, 0, settled); }), 3) << "in three minutes";
    EXPECT_GE(runs.Least([&](const Outcome& o) { return LowestLayer(o.receivers[0], 0, settled); }),
              BestLayer(GetParam().costs, bps));
    EXPECT_EQ(most([](const Trace& t) { return t.undecodable; }), 0U);
    EXPECT_LE(most([&](const Trace& t) { return LongestGap(t, 0, settled); }), 500ms);
    EXPECT_LE(most([](const Trace& t) { return LongestAudioGap(t, {2s}); }), 120ms);
    EXPECT_EQ(most([](const Trace& t) { return AudioLost(t, {2s}); }), 0U);
  }
}

}  // namespace
}  // namespace kcs::sim
