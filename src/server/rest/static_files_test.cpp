#include "server/rest/static_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace kcs::rest {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
 protected:
  Files() : root_(fs::temp_directory_path() / ("kcs_static_files_" + std::to_string(getpid()))) {
    Write("dist/index.html", "<html>");
    Write("dist/assets/app-1a2b.js", "code");
    Write("dist/icon.svg", "<svg>");
    Write("secret.txt", "secret");
  }
  ~Files() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  StaticFiles Load() { return *StaticFiles::Load((root_ / "dist").string()); }
  static http::Response Get(const StaticFiles& files, const std::string& path, const std::string& etag = "") {
    http::Request request;
    request.method = "GET";
    request.path = path;
    if (!etag.empty()) request.headers.Set("If-None-Match", etag);
    return files.Serve(request);
  }

  fs::path root_;
};

TEST_F(Files, AreServedWithTheirType) {
  const StaticFiles files = Load();
  const auto icon = Get(files, "/icon.svg");
  EXPECT_EQ(icon.status, 200);
  EXPECT_EQ(icon.content(), "<svg>");
  EXPECT_EQ(icon.headers.Get("Content-Type"), "image/svg+xml");
  EXPECT_EQ(icon.headers.Get("X-Content-Type-Options"), "nosniff");
}

TEST_F(Files, AreTheClientForEveryPageOfIt) {
  const StaticFiles files = Load();
  for (const char* path : {"/", "/index.html", "/meeting/abc", "/v1.2/abc"}) {
    EXPECT_EQ(Get(files, path).content(), "<html>") << path;
  }
  EXPECT_EQ(Get(files, "/missing.js").status, 404);
  EXPECT_EQ(Get(files, "/assets/missing.css").status, 404);
}

TEST_F(Files, MayBeKeptForeverWhenTheirNameChangesWithTheirContent) {
  const StaticFiles files = Load();
  EXPECT_EQ(Get(files, "/assets/app-1a2b.js").headers.Get("Cache-Control"),
            "public, max-age=31536000, immutable");
  EXPECT_EQ(Get(files, "/").headers.Get("Cache-Control"), "no-cache");
}

TEST_F(Files, AreNotSentAgainWhenTheyAreKnown) {
  const StaticFiles files = Load();
  const std::string etag(Get(files, "/").headers.Get("ETag"));
  const auto again = Get(files, "/", etag);
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.content(), "");
  EXPECT_EQ(Get(files, "/", "\"other\"").status, 200);
}

TEST_F(Files, OutsideTheDirectoryDoNotExist) {
  const StaticFiles files = Load();
  for (const char* path :
       {"/../secret.txt", "/assets/../../secret.txt", "//secret.txt", "/..%2fsecret.txt"}) {
    EXPECT_EQ(Get(files, path).status, 404) << path;
  }
}

TEST_F(Files, ThatAreNotBuiltAreSaidToBeMissing) {
  EXPECT_EQ(Get(StaticFiles(), "/").status, 404);
  EXPECT_FALSE(StaticFiles::Load((root_ / "nowhere").string()).has_value());
}

}  // namespace
}  // namespace kcs::rest
