#pragma once

#include <memory>

namespace CLI {
class App;
}

// `kcs-meet load`: its options, and its start.
class LoadCommand {
 public:
  explicit LoadCommand(CLI::App& app);
  ~LoadCommand();

  bool parsed() const;
  int Run() const;  // the exit code

 private:
  struct Input;
  std::unique_ptr<Input> input_;
};
