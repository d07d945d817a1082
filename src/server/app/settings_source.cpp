#include "server/app/settings_source.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "io/child_process.h"
#include "server/app/dotenv.h"

extern char** environ;

namespace kcs::app {

namespace fs = std::filesystem;

Result<Variables> ReadVariables() {
  Variables variables;
  if (std::ifstream file(".env"); file) {
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto parsed = ParseDotenv(text);
    if (!parsed) return Fail(".env: " + parsed.error());
    variables.insert(parsed->begin(), parsed->end());
  }
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      variables[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return variables;
}

Result<Config> ReadConfig() {
  const auto variables = ReadVariables();
  if (!variables) return Fail(variables.error());
  return ParseConfig(*variables);
}

std::string DataDirectory(const Config& config) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (!config.database_url.starts_with(kSqlite)) return "data";
  const fs::path directory = fs::path(config.database_url.substr(kSqlite.size())).parent_path();
  return directory.empty() ? "." : directory.string();
}

std::string FindWebRoot(const Config& config) {
  if (!config.web_root.empty()) return config.web_root;
  const fs::path beside = fs::path(io::OwnExecutable()).parent_path();
  for (const char* candidate : {"web", "../../web/dist", "../share/kcs-meet/web"}) {
    std::error_code failure;
    const fs::path root = fs::weakly_canonical(beside / candidate, failure);
    if (!failure && fs::exists(root / "index.html", failure)) return root.string();
  }
  return {};
}

}  // namespace kcs::app
