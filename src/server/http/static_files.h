#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "server/http/router.h"

namespace kcs::http {

// The files of the web client, read once at the start: serving them then never touches the disk, and no
// request can name a file outside. Answers carry an ETag; files whose name holds a content hash may be cached
// for good.
class StaticFiles {
 public:
  static constexpr std::size_t kMaxTotalBytes = 64'000'000;

  // Reads every regular file below `directory`; symbolic links are not followed. The error is one line for
  // the operator.
  static Result<StaticFiles> Load(const std::string& directory);

  // Adds a file by hand: `path` as requested ("/index.html").
  void Add(std::string path, std::string content);

  // A fallback for Router::Fallback. "/" is "/index.html"; with `index_for_unknown`, so is every path without
  // an extension: the pages of a single-page application.
  Handler MakeHandler(bool index_for_unknown) const;

  std::size_t count() const { return files_->size(); }

 private:
  struct File {
    std::shared_ptr<const std::string> content;
    std::string_view type;
    std::string etag;
    bool immutable = false;
  };
  using Files = std::map<std::string, File, std::less<>>;

  static Response Answer(const File& file, const Request& request);

  std::shared_ptr<Files> files_ = std::make_shared<Files>();
};

}  // namespace kcs::http
