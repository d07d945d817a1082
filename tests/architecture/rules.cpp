#include "tests/architecture/rules.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <string_view>

namespace kcs::architecture {
namespace {

constexpr std::size_t kMaxLines = 500;

using Names = std::set<std::string, std::less<>>;
using Graph = std::map<std::string, Names, std::less<>>;

// A room and the rooms that its files may include besides their own: the layers, lowest first. The same
// order as in the CMakeLists.txt of the project.
const Graph& Layers() {
  static const Graph layers{
      {"base", {}},
      {"io", {"base"}},
      {"engine/wire", {"base"}},
      {"engine/crypto", {"base"}},
      {"engine/transport", {"base", "engine/wire", "engine/crypto"}},
      {"engine/media", {"base", "engine/wire"}},
      {"engine/congestion", {"base", "engine/wire"}},
      {"engine/sfu",
       {"base", "engine/wire", "engine/crypto", "engine/transport", "engine/media", "engine/congestion"}},
      {"engine/worker",
       {"base", "io", "proto", "engine/wire", "engine/crypto", "engine/transport", "engine/media",
        "engine/congestion", "engine/sfu"}},
      {"server/ortc", {"base"}},
      {"server/meeting", {"base", "server/ortc"}},
      {"server/stats", {"base", "server/ortc", "server/meeting"}},
      {"server/http", {"base"}},
      {"server/socketio", {"base", "server/http"}},
      {"server/auth", {"base"}},
      {"server/turn", {"base"}},
      {"server/storage", {"base"}},
      {"server/metrics", {"base"}},
      {"server/workers", {"base", "io", "proto", "server/ortc", "server/meeting"}},
      {"server/signaling",
       {"base", "server/ortc", "server/meeting", "server/stats", "server/http", "server/socketio",
        "server/auth", "server/turn"}},
      {"server/rest",
       {"base", "server/ortc", "server/meeting", "server/stats", "server/http", "server/auth",
        "server/turn"}},
      {"server/app",
       {"base", "io", "server/ortc", "server/meeting", "server/http", "server/socketio", "server/auth",
        "server/turn", "server/storage", "server/metrics", "server/workers", "server/signaling",
        "server/rest"}},
      {"load", {"base", "io", "engine/wire", "engine/crypto", "engine/media", "engine/congestion"}},
      {"", {"base", "io", "engine/worker", "server/app", "load"}},  // main.cpp, the composition root
  };
  return layers;
}

bool Within(std::string_view room, std::string_view directory) {
  return room == directory || (room.starts_with(directory) && room[directory.size()] == '/');
}

// A library's headers, the rooms that may use it, and those of their headers that may include it.
struct Library {
  const char* name;
  const char* headers;
  Names rooms;
  Names in_headers;
};

const std::vector<Library>& Libraries() {
  static const std::vector<Library> libraries{
      {"Asio",
       "boost/asio",
       {"io", "server/http", "load"},
       {"server/http/stream.h", "server/http/tls_stream.h", "server/http/tls_session.h",
        "server/http/connection.h", "server/http/frame_queue.h", "server/http/websocket_layer.h",
        "server/http/websocket_session.h"}},
      {"Beast",
       "boost/beast",
       {"server/http", "load"},
       {"server/http/stream.h", "server/http/connection.h", "server/http/websocket_layer.h",
        "server/http/websocket_session.h"}},
      {"OpenSSL",
       "openssl/",
       {"base", "engine/crypto", "engine/wire", "server/auth", "server/turn", "server/http"},
       {"engine/crypto/datagram_bio.h", "engine/crypto/fingerprint.h", "engine/crypto/openssl_ptr.h"}},
      {"intel-ipsec-mb", "intel-ipsec-mb", {"engine/crypto"}, {}},
      {"Protobuf", "google/protobuf", {"engine/worker", "server/workers"}, {}},
      {"SOCI", "soci/", {"server/storage"}, {}},
      {"SQLite", "sqlite3", {"server/storage"}, {}},
      {"cjose", "cjose/", {"server/auth"}, {"server/auth/cjose_handles.h"}},
      {"libsodium", "sodium", {"server/auth"}, {}},
      {"prometheus-cpp", "prometheus/", {"server/metrics"}, {}},
      {"CLI11", "CLI/", {""}, {}},
      {"spdlog", "spdlog/", {"base"}, {"base/log.h"}},
      {"Boost.JSON",
       "boost/json",
       {"server/ortc", "server/stats", "server/socketio", "server/signaling", "server/rest", "server/auth",
        "server/turn", "load"},
       {}},
  };
  return libraries;
}

bool MayBeInAHeader(const Library& library, const SourceFile& file) {
  // Boost.JSON's forward declarations and its value are what the rooms that use it talk in.
  return library.name == std::string_view("Boost.JSON") || library.in_headers.contains(file.path);
}

// A room's directory of test helpers follows the rules of the room, which it may include.
std::string WithoutTesting(const std::string& room) {
  constexpr std::string_view kTesting = "/testing";
  return room.ends_with(kTesting) ? room.substr(0, room.size() - kTesting.size()) : room;
}

}  // namespace

Breaches WrongWayIncludes(const SourceTree& tree) {
  Breaches out;
  for (const SourceFile& file : tree) {
    const std::string home = WithoutTesting(file.room());
    const auto layer = Layers().find(home);
    if (layer == Layers().end()) {
      out.push_back(file.path + " lies in a directory that is no room");
      continue;
    }
    for (const std::string& include : file.quoted_includes) {
      const std::string room = RoomOf(include);
      if (room == home || layer->second.contains(room)) continue;
      // Tests may use the helpers of their own room and of the rooms it may include.
      const std::string helped = WithoutTesting(room);
      if (file.is_for_tests() && (helped == home || layer->second.contains(helped))) continue;
      out.push_back(file.path + " includes " + include);
    }
    const bool has_json =
        std::any_of(file.system_includes.begin(), file.system_includes.end(),
                    [](const std::string& name) { return name.starts_with("boost/json"); }) ||
        std::any_of(file.quoted_includes.begin(), file.quoted_includes.end(),
                    [](const std::string& name) { return name.find("json") != std::string::npos; });
    if (file.room() == "server/meeting" && has_json) out.push_back(file.path + " knows JSON");
  }
  return out;
}

Breaches RoomCycles(const SourceTree& tree) {
  Graph uses;
  for (const SourceFile& file : tree) {
    if (file.is_for_tests()) continue;
    for (const std::string& include : file.quoted_includes) {
      if (RoomOf(include) != file.room()) uses[file.room()].insert(RoomOf(include));
    }
  }
  Breaches out;
  Names done;
  std::vector<std::string> road;
  const std::function<void(const std::string&)> visit = [&](const std::string& room) {
    if (const auto again = std::find(road.begin(), road.end(), room); again != road.end()) {
      std::string circle;
      for (auto step = again; step != road.end(); ++step) circle += *step + " -> ";
      out.push_back(circle + room);
      return;
    }
    if (done.contains(room)) return;
    road.push_back(room);
    for (const std::string& next : uses[room]) visit(next);
    road.pop_back();
    done.insert(room);
  };
  for (const SourceFile& file : tree) visit(file.room());
  return out;
}

Breaches TestHelpersInProduct(const SourceTree& tree) {
  Breaches out;
  for (const SourceFile& file : tree) {
    if (file.is_for_tests()) continue;
    for (const std::string& include : file.quoted_includes) {
      if (IsForTests(include)) out.push_back(file.path + " includes " + include);
    }
  }
  return out;
}

Breaches ProtobufOutsideTheShells(const SourceTree& tree) {
  Breaches out;
  for (const SourceFile& file : tree) {
    const std::string room = WithoutTesting(file.room());
    if (room == "engine/worker" || room == "server/workers") continue;
    for (const std::string& include : file.quoted_includes) {
      if (include.ends_with(".pb.h")) out.push_back(file.path + " includes " + include);
    }
  }
  return out;
}

Breaches ClocksAndChance(const SourceTree& tree) {
  static constexpr std::array<std::string_view, 9> kForbidden{
      "_clock::now",   "clock_gettime", "gettimeofday", "time(nullptr)", "time(NULL)",
      "random_device", "getrandom",     "sleep_for",    "usleep"};
  Breaches out;
  for (const SourceFile& file : tree) {
    const std::string room = file.room();
    const bool pure = (Within(room, "engine") && room != "engine/worker") || room == "server/meeting" ||
                      room == "server/ortc";
    if (!pure) continue;
    for (std::size_t i = 0; i < file.code.size(); ++i) {
      const std::string& line = file.code[i];
      if (std::any_of(kForbidden.begin(), kForbidden.end(),
                      [&](std::string_view word) { return line.find(word) != std::string::npos; }))
        out.push_back(file.path + ":" + std::to_string(i + 1) + ":" + line);
    }
  }
  return out;
}

Breaches LibrariesOutOfPlace(const SourceTree& tree) {
  Breaches out;
  Names heavy;  // headers that carry a library
  for (const Library& library : Libraries()) {
    for (const SourceFile& file : tree) {
      for (const std::string& include : file.system_includes) {
        if (!include.starts_with(library.headers)) continue;
        if (!file.is_for_tests() && !library.rooms.contains(file.room()))
          out.push_back(file.path + " uses " + library.name);
        else if (file.is_header() && !file.is_for_tests() && !MayBeInAHeader(library, file))
          out.push_back(file.path + " brings " + library.name + " into a header");
      }
    }
    if (library.name != std::string_view("spdlog"))
      heavy.insert(library.in_headers.begin(), library.in_headers.end());
  }
  for (const SourceFile& file : tree) {
    for (const std::string& include : file.quoted_includes) {
      if (heavy.contains(include) && RoomOf(include) != file.room())
        out.push_back(file.path + " includes " + include + ", which is that room's own");
    }
  }
  return out;
}

Breaches LongFiles(const SourceTree& tree) {
  Breaches out;
  for (const SourceFile& file : tree) {
    if (file.code.size() > kMaxLines)
      out.push_back(file.path + " has " + std::to_string(file.code.size()) + " lines");
  }
  return out;
}

}  // namespace kcs::architecture
