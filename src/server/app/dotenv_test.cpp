#include "server/app/dotenv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kcs::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Value(std::string_view text) {
  const auto parsed = ParseDotenv(text);
  EXPECT_TRUE(parsed) << parsed.error();
  const auto found = parsed->find("A");
  return found == parsed->end() ? "(absent)" : found->second;
}

TEST(Dotenv, ReadsPlainValues) {
  EXPECT_EQ(Value("A=1"), "1");
  EXPECT_EQ(Value("\xef\xbb\xbf"
                  "A=1\r\nB=2\r\n"),
            "1");
  EXPECT_EQ(Value("  export   A = two words  \n"), "two words");
  EXPECT_EQ(Value("A=\nB=1"), "");
  EXPECT_EQ(Value("A=1\nA=2"), "2");
  EXPECT_EQ(Value("A=x=y"), "x=y");
}

TEST(Dotenv, LeavesCommentsOut) {
  EXPECT_EQ(Value("# A=0\nA=1 # one"), "1");
  EXPECT_EQ(Value("A=pass#word"), "pass#word");
  EXPECT_EQ(Value("A=# nothing"), "");
  EXPECT_EQ(Value("A='1' # one"), "1");
  EXPECT_THAT(*ParseDotenv("\n  \n# only this"), IsEmpty());
}

TEST(Dotenv, KeepsWhatIsQuoted) {
  EXPECT_EQ(Value("A=\" # \\\"x\\\" \\\\ \\$ \\n\""), " # \"x\" \\ $ \n");
  EXPECT_EQ(Value("A='\\n \"'"), "\\n \"");
  EXPECT_EQ(Value("A=\"-----BEGIN\nKEY\n-----\"\nB=1"), "-----BEGIN\nKEY\n-----");
  EXPECT_EQ(Value("A=\"C:\\dir\""), "C:\\dir");
}

TEST(Dotenv, NamesTheLineThatIsWrong) {
  EXPECT_THAT(ParseDotenv("A=1\nnonsense\n").error(), HasSubstr("line 2"));
  EXPECT_THAT(ParseDotenv("A=\"1\n\n").error(), HasSubstr("line 1: a quotation \" without end"));
  EXPECT_THAT(ParseDotenv("A='1' 2").error(), HasSubstr("line 1: text after"));
  EXPECT_THAT(ParseDotenv("1A=2").error(), HasSubstr("NAME=value"));
  EXPECT_THAT(ParseDotenv("=2").error(), HasSubstr("NAME=value"));
  EXPECT_THAT(ParseDotenv("A=\"x\ny\"\nB").error(), HasSubstr("line 3"));
}

TEST(Dotenv, IsBounded) {
  EXPECT_FALSE(ParseDotenv(std::string(64 * 1024 + 1, '#')));
  EXPECT_FALSE(ParseDotenv(std::string_view("A=\0", 3)));
  std::string many;
  for (int i = 0; i <= 1000; ++i) many += "V" + std::to_string(i) + "=1\n";
  EXPECT_THAT(ParseDotenv(many).error(), HasSubstr("line 1001"));
}

}  // namespace
}  // namespace kcs::app
