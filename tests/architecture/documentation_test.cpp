#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "server/app/config.h"

// That the documents know what the program knows.
namespace kcs::architecture {
namespace {

using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string ReadFile(const std::string& path) {
  std::ifstream in(KCS_SOURCE_DIR "/" + path);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

// What the pattern's first group matches, anywhere in the file.
std::set<std::string> FindAll(const std::string& path, const std::string& pattern) {
  const std::string text = ReadFile(path);
  const std::regex regex(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match)
    found.insert((*match)[1]);
  return found;
}

TEST(Documentation, ReadmeHasEverySettingAsTheProgramDescribesIt) {
  const std::string readme = ReadFile("README.md");
  std::istringstream table(app::SettingsMarkdown());
  for (std::string line; std::getline(table, line);) EXPECT_THAT(readme, HasSubstr(line + "\n"));
}

TEST(Documentation, ProtocolNamesEveryRequest) {
  const std::string protocol = ReadFile("docs/protocol.md");
  const auto requests = FindAll("src/server/signaling/event_parser.cpp", R"re(\{"([a-z-]+)", Parse)re");
  ASSERT_THAT(requests, SizeIs(Gt(10U)));
  for (const std::string& request : requests) EXPECT_THAT(protocol, HasSubstr("`" + request + "`"));
}

TEST(Documentation, ProtocolNamesEveryEvent) {
  const std::string protocol = ReadFile("docs/protocol.md");
  auto events = FindAll("src/server/signaling/encode_event.cpp", R"re("([a-z]+-[a-z-]+)")re");
  events.merge(FindAll("src/server/signaling/encode_answer.cpp", R"re("([a-z]+-[a-z-]+)")re"));
  ASSERT_THAT(events, SizeIs(Gt(10U)));
  for (const std::string& event : events) EXPECT_THAT(protocol, HasSubstr("`" + event + "`"));
}

TEST(Documentation, ProtocolNamesEveryErrorCode) {
  const std::string protocol = ReadFile("docs/protocol.md");
  const auto codes = FindAll("src/server/meeting/error.h", R"re(return "([a-z-]+)")re");
  ASSERT_THAT(codes, SizeIs(Gt(10U)));
  for (const std::string& code : codes) EXPECT_THAT(protocol, HasSubstr("`" + code + "`"));
}

}  // namespace
}  // namespace kcs::architecture
