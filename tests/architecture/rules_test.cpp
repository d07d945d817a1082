#include "tests/architecture/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

// That each rule sees the breach it is there for, in sources made up.
namespace kcs::architecture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(WrongWayIncludes, SeesARoomThatIncludesOneAboveIt) {
  EXPECT_THAT(WrongWayIncludes({ParseSource("engine/wire/stun.cpp", "#include \"engine/sfu/router.h\"\n")}),
              ElementsAre("engine/wire/stun.cpp includes engine/sfu/router.h"));
}

TEST(WrongWayIncludes, SeesEngineAndServerMeet) {
  EXPECT_THAT(WrongWayIncludes({ParseSource("engine/sfu/a.cpp", "#include \"server/meeting/ids.h\"\n"),
                                ParseSource("server/rest/a.cpp", "#  include \"engine/wire/types.h\"\n")}),
              SizeIs(2));
}

TEST(WrongWayIncludes, SeesADirectoryThatIsNoRoom) {
  EXPECT_THAT(WrongWayIncludes({ParseSource("util/misc.h", "")}),
              ElementsAre("util/misc.h lies in a directory that is no room"));
}

TEST(WrongWayIncludes, SeesJsonInMeetings) {
  EXPECT_THAT(
      WrongWayIncludes({ParseSource("server/meeting/meeting.cpp", "#include \"server/ortc/json.h\"\n")}),
      ElementsAre("server/meeting/meeting.cpp knows JSON"));
}

TEST(WrongWayIncludes, LetsTestsUseTheTestHelpersOfTheirRoom) {
  const std::string include = "#include \"engine/transport/testing/ice_client.h\"\n";
  EXPECT_THAT(WrongWayIncludes({ParseSource("engine/transport/ice_lite_test.cpp", include)}), IsEmpty());
  EXPECT_THAT(WrongWayIncludes({ParseSource("engine/transport/ice_lite.cpp", include)}), SizeIs(1));
}

TEST(WrongWayIncludes, HoldsTestHelpersToTheRulesOfTheirRoom) {
  EXPECT_THAT(WrongWayIncludes({ParseSource("engine/transport/testing/ice_client.cpp",
                                            "#include \"engine/transport/ice_lite.h\"\n"
                                            "#include \"engine/sfu/router.h\"\n")}),
              ElementsAre("engine/transport/testing/ice_client.cpp includes engine/sfu/router.h"));
}

TEST(RoomCycles, SeesACircleOverThreeRooms) {
  EXPECT_THAT(
      RoomCycles({ParseSource("a/x.h", "#include \"b/x.h\"\n"), ParseSource("b/y.h", "#include \"c/x.h\"\n"),
                  ParseSource("c/x.cpp", "#include \"a/z.h\"\n")}),
      ElementsAre("a -> b -> c -> a"));
}

TEST(TestHelpersInProduct, SeesATestHeaderInAProductFile) {
  EXPECT_THAT(TestHelpersInProduct(
                  {ParseSource("server/signaling/hub.cpp", "#include \"server/signaling/test_hub.h\"\n")}),
              SizeIs(1));
}

TEST(ProtobufOutsideTheShells, SeesGeneratedTypesInTheCore) {
  const std::string include = "#include \"proto/worker.pb.h\"\n";
  EXPECT_THAT(ProtobufOutsideTheShells({ParseSource("engine/sfu/commands.h", include)}), SizeIs(1));
  EXPECT_THAT(ProtobufOutsideTheShells({ParseSource("engine/worker/control.cpp", include)}), IsEmpty());
}

TEST(ClocksAndChance, SeesEveryWayToAskForThem) {
  for (const char* line : {"auto t = std::chrono::steady_clock::now();", "clock_gettime(CLOCK_REALTIME, &t);",
                           "gettimeofday(&t, nullptr);", "auto t = time(nullptr);",
                           "std::random_device seed;", "getrandom(p, n, 0);"}) {
    EXPECT_THAT(ClocksAndChance({ParseSource("server/meeting/meeting.cpp", line)}),
                ElementsAre(HasSubstr("meeting.cpp:1:")))
        << line;
    EXPECT_THAT(ClocksAndChance({ParseSource("engine/worker/process.cpp", line)}), IsEmpty());
  }
}

TEST(ClocksAndChance, ReadsNoComments) {
  EXPECT_THAT(ClocksAndChance({ParseSource("engine/sfu/router.h", "// not steady_clock::now()\n")}),
              IsEmpty());
}

TEST(LibrariesOutOfPlace, SeesAsioInAHeaderAndInAForeignRoom) {
  const std::string include = "#include <boost/asio/io_context.hpp>\n";
  EXPECT_THAT(LibrariesOutOfPlace({ParseSource("io/event_loop.cpp", include)}), IsEmpty());
  EXPECT_THAT(LibrariesOutOfPlace({ParseSource("io/event_loop.h", include)}),
              ElementsAre("io/event_loop.h brings Asio into a header"));
  EXPECT_THAT(LibrariesOutOfPlace({ParseSource("server/rest/api.cpp", include)}),
              ElementsAre("server/rest/api.cpp uses Asio"));
}

TEST(LibrariesOutOfPlace, SeesAHeaderWithALibraryLeaveItsRoom) {
  EXPECT_THAT(LibrariesOutOfPlace({ParseSource("server/app/a.cpp", "#include \"server/http/stream.h\"\n")}),
              SizeIs(1));
}

TEST(LongFiles, SeesTheFirstLineTooMany) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "\n";
  EXPECT_THAT(LongFiles({ParseSource("base/a.h", text)}), IsEmpty());
  EXPECT_THAT(LongFiles({ParseSource("base/a.h", text + "\n")}), ElementsAre("base/a.h has 501 lines"));
}

}  // namespace
}  // namespace kcs::architecture
