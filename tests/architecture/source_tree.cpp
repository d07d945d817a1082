#include "tests/architecture/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

namespace kcs::architecture {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  return text;
}

// What stands between `open` and `close` in an include directive.
std::optional<std::string> Included(std::string_view line, char open, char close) {
  line = Trim(line);
  if (!line.starts_with('#')) return std::nullopt;
  line = Trim(line.substr(1));
  if (!line.starts_with("include")) return std::nullopt;
  line = Trim(line.substr(7));
  if (!line.starts_with(open)) return std::nullopt;
  return std::string(line.substr(1, line.find(close, 1) - 1));
}

}  // namespace

std::string RoomOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

bool IsForTests(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return path.find("/testing/") != std::string_view::npos || name.starts_with("test_") ||
         name.ends_with("_test.cpp") || name.ends_with("_for_test.h");
}

std::string SourceFile::room() const { return RoomOf(path); }
bool SourceFile::is_for_tests() const { return IsForTests(path); }

SourceFile ParseSource(std::string path, std::string_view text) {
  SourceFile file;
  file.path = std::move(path);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (auto name = Included(line, '"', '"')) file.quoted_includes.push_back(*std::move(name));
    if (auto name = Included(line, '<', '>')) file.system_includes.push_back(*std::move(name));
    file.code.emplace_back(line.substr(0, std::min(line.find("//"), line.size())));
  }
  return file;
}

SourceTree ReadSourceTree(const std::string& directory) {
  namespace fs = std::filesystem;
  SourceTree tree;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    const std::string path = fs::relative(entry.path(), directory).generic_string();
    if (!entry.is_regular_file() || !(path.ends_with(".h") || path.ends_with(".cpp"))) continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    tree.push_back(ParseSource(path, text));
  }
  std::sort(tree.begin(), tree.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return tree;
}

}  // namespace kcs::architecture
