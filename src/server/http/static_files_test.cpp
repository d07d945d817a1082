#include "server/http/static_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

namespace kcs::http {
namespace {

using ::testing::HasSubstr;

class Recorder final : public Responder {
 public:
  void Send(Response response) override { answer = std::move(response); }
  bool gone() const override { return false; }
  void OnGone(std::function<void()>) override {}
  std::optional<Response> answer;
};

Response Ask(const Handler& handler, std::string path, std::string_view etag = {}) {
  Request request;
  request.method = "GET";
  request.path = std::move(path);
  if (!etag.empty()) request.headers.Add("If-None-Match", etag);
  const auto recorder = std::make_shared<Recorder>();
  handler(std::move(request), recorder);
  return *recorder->answer;
}

TEST(StaticFiles, ServesWhatWasThereAtTheStart) {
  const std::filesystem::path directory =
      std::filesystem::path(::testing::TempDir()) / "kcs_static_files_test";
  std::filesystem::create_directories(directory / "assets");
  std::ofstream(directory / "index.html") << "<html>";
  std::ofstream(directory / "assets" / "index-BfV2x9aQ.js") << "run()";
  std::filesystem::create_symlink("/etc/hostname", directory / "leak.txt");
  const auto files = StaticFiles::Load(directory.string());
  std::filesystem::remove_all(directory);
  ASSERT_TRUE(files) << files.error();
  EXPECT_EQ(files->count(), 2U);

  const Handler handler = files->MakeHandler(true);
  const Response index = Ask(handler, "/");
  EXPECT_EQ(index.content(), "<html>");
  EXPECT_EQ(index.headers.Get("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(index.headers.Get("Cache-Control"), "no-cache");
  EXPECT_THAT(std::string(Ask(handler, "/assets/index-BfV2x9aQ.js").headers.Get("Cache-Control")),
              HasSubstr("immutable"));
  EXPECT_EQ(Ask(handler, "/", index.headers.Get("ETag")).status, 304);
  EXPECT_EQ(Ask(handler, "/meeting/7").content(), "<html>");
  EXPECT_EQ(Ask(handler, "/leak.txt").status, 404);
  EXPECT_EQ(Ask(handler, "/../etc/passwd.txt").status, 404);
}

TEST(StaticFiles, AnswersUnknownPathsOnlyWhenAskedTo) {
  StaticFiles files;
  files.Add("/index.html", "x");
  EXPECT_EQ(Ask(files.MakeHandler(false), "/meeting").status, 404);
  EXPECT_EQ(Ask(files.MakeHandler(true), "/missing.js").status, 404);
}

TEST(StaticFiles, SaysWhichDirectoryItCannotRead) {
  EXPECT_THAT(StaticFiles::Load("/nonexistent-directory").error(), HasSubstr("'/nonexistent-directory'"));
}

}  // namespace
}  // namespace kcs::http
