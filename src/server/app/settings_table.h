#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/app/config.h"

// The one list of settings, from which values are read and the help is written. For config.cpp and its tests.
namespace kcs::app {

struct Setting {
  std::string group;
  std::string name;
  std::string fallback;  // what holds when it is not set, as text
  std::string accepted;  // "a whole number from 1 to 256"
  std::string meaning;
  bool secret = false;                                 // never shown
  std::function<bool(Config&, std::string_view)> set;  // false: the value is not accepted
};

const std::vector<Setting>& SettingsTable();

}  // namespace kcs::app
