#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The sources as text, for rules that a compiler does not know.
namespace kcs::architecture {

struct SourceFile {
  std::string path;  // from src/, as includes are written: "engine/wire/stun.h"
  std::vector<std::string> quoted_includes;
  std::vector<std::string> system_includes;
  std::vector<std::string> code;  // the lines, without their // comments

  // The directory: "engine/wire"; empty for main.cpp.
  std::string room() const;
  bool is_header() const { return path.ends_with(".h"); }
  // A test, or what only tests use.
  bool is_for_tests() const;
};

using SourceTree = std::vector<SourceFile>;

SourceFile ParseSource(std::string path, std::string_view text);

// Every .h and .cpp under `directory`, ordered by path.
SourceTree ReadSourceTree(const std::string& directory);

std::string RoomOf(std::string_view path);
bool IsForTests(std::string_view path);

}  // namespace kcs::architecture
