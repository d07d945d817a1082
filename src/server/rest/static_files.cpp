#include "server/rest/static_files.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string_view>
#include <utility>

#include "server/rest/answer.h"

namespace kcs::rest {
namespace {

namespace fs = std::filesystem;

std::string TypeOf(const fs::path& path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".wasm", "application/wasm"},
      {".mp3", "audio/mpeg"},
      {".txt", "text/plain; charset=utf-8"},
  }};
  for (const auto& [extension, type] : kTypes) {
    if (path.extension() == extension) return std::string(type);
  }
  return "application/octet-stream";
}

bool LooksLikePage(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(slash == std::string_view::npos ? 0 : slash).find('.') == std::string_view::npos;
}

}  // namespace

Result<StaticFiles> StaticFiles::Load(const std::string& directory) {
  StaticFiles loaded;
  std::size_t total = 0;
  std::error_code failure;
  for (fs::recursive_directory_iterator it(directory, failure), end; !failure && it != end;
       it.increment(failure)) {
    if (!it->is_regular_file()) continue;
    std::ifstream stream(it->path(), std::ios::binary);
    std::string body{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream.good() && !stream.eof()) return Fail("cannot read " + it->path().string());
    total += body.size();
    if (total > kMaxBytes || loaded.files_.size() >= kMaxFiles)
      return Fail(directory + " has too many files");
    const std::string path = "/" + it->path().lexically_relative(directory).generic_string();
    const std::size_t hash = std::hash<std::string>{}(body);
    File file{std::make_shared<const std::string>(std::move(body)), TypeOf(it->path()),
              "\"" + std::to_string(hash) + "\"", path.starts_with("/assets/")};
    loaded.files_.emplace(path, std::move(file));
  }
  if (failure) return Fail("cannot read " + directory + ": " + failure.message());
  return loaded;
}

http::Response StaticFiles::Serve(const http::Request& request) const {
  auto found = files_.find(request.path);
  if (found == files_.end() && LooksLikePage(request.path)) found = files_.find("/index.html");
  if (found == files_.end()) {
    return Failure(404, "not-found",
                   files_.empty() ? "the web client is not built" : "there is no such page");
  }
  const File& file = found->second;
  http::Response response;
  response.headers.Set("ETag", file.etag);
  response.headers.Set("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("Referrer-Policy", "same-origin");
  if (request.headers.Get("If-None-Match") == file.etag) {
    response.status = 304;
    return response;
  }
  response.headers.Set("Content-Type", file.type);
  response.shared_body = file.body;
  return response;
}

}  // namespace kcs::rest
