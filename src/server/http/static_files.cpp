#include "server/http/static_files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace kcs::http {
namespace {

struct ContentType {
  std::string_view extension;
  std::string_view type;
};

constexpr std::array kContentTypes = {
    ContentType{".html", "text/html; charset=utf-8"},
    ContentType{".js", "text/javascript; charset=utf-8"},
    ContentType{".mjs", "text/javascript; charset=utf-8"},
    ContentType{".css", "text/css; charset=utf-8"},
    ContentType{".json", "application/json"},
    ContentType{".map", "application/json"},
    ContentType{".webmanifest", "application/manifest+json"},
    ContentType{".svg", "image/svg+xml"},
    ContentType{".png", "image/png"},
    ContentType{".jpg", "image/jpeg"},
    ContentType{".webp", "image/webp"},
    ContentType{".ico", "image/x-icon"},
    ContentType{".woff2", "font/woff2"},
    ContentType{".wasm", "application/wasm"},
    ContentType{".mp3", "audio/mpeg"},
    ContentType{".txt", "text/plain; charset=utf-8"},
};

std::string_view Extension(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || (slash != std::string_view::npos && dot < slash)) return {};
  return path.substr(dot);
}

std::string_view TypeOf(std::string_view path) {
  const auto* it = std::find_if(kContentTypes.begin(), kContentTypes.end(),
                                [&](const ContentType& entry) { return entry.extension == Extension(path); });
  return it == kContentTypes.end() ? std::string_view("application/octet-stream") : it->type;
}

// FNV-1a: tells versions of a file apart, promises nothing against malice.
std::string ETagOf(std::string_view content) {
  std::uint64_t hash = 14'695'981'039'346'656'037ULL;
  for (const char c : content) hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211ULL;
  return "\"" + std::to_string(hash) + "-" + std::to_string(content.size()) + "\"";
}

// "/assets/index-BfV2x9aQ.js": bundlers write eight or more characters of a hash before the extension.
bool HasContentHash(std::string_view path) {
  const std::string_view stem = path.substr(0, path.size() - Extension(path).size());
  const std::size_t dash = stem.rfind('-');
  if (!path.starts_with("/assets/") || dash == std::string_view::npos) return false;
  const std::string_view hash = stem.substr(dash + 1);
  return hash.size() >= 8 && std::all_of(hash.begin(), hash.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
         });
}

}  // namespace

Result<StaticFiles> StaticFiles::Load(const std::string& directory) {
  namespace fs = std::filesystem;
  StaticFiles files;
  std::error_code error;
  std::size_t total = 0;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->is_symlink() || !it->is_regular_file()) continue;
    std::ifstream in(it->path(), std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && !in.eof()) return Fail("cannot read '" + it->path().string() + "'");
    total += content.size();
    if (total > kMaxTotalBytes) return Fail("'" + directory + "' is too large to serve");
    files.Add("/" + it->path().lexically_relative(directory).generic_string(), std::move(content));
  }
  if (error) return Fail("cannot read the directory '" + directory + "': " + error.message());
  return files;
}

void StaticFiles::Add(std::string path, std::string content) {
  File file;
  file.type = TypeOf(path);
  file.etag = ETagOf(content);
  file.immutable = HasContentHash(path);
  file.content = std::make_shared<const std::string>(std::move(content));
  files_->insert_or_assign(std::move(path), std::move(file));
}

Response StaticFiles::Answer(const File& file, const Request& request) {
  Response response;
  response.headers.Add("Content-Type", file.type);
  response.headers.Add("ETag", file.etag);
  response.headers.Add("Cache-Control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  if (request.headers.Get("If-None-Match") == file.etag) {
    response.status = 304;
  } else {
    response.shared_body = file.content;
  }
  return response;
}

Handler StaticFiles::MakeHandler(bool index_for_unknown) const {
  return [files = files_, index_for_unknown](const Request& request,
                                             const std::shared_ptr<Responder>& responder) {
    auto it =
        files->find(request.path == "/" ? std::string_view("/index.html") : std::string_view(request.path));
    if (it == files->end() && index_for_unknown && Extension(request.path).empty())
      it = files->find("/index.html");
    responder->Send(it == files->end() ? Response::Error(404) : Answer(it->second, request));
  };
}

}  // namespace kcs::http
