#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "load/process_usage.h"
#include "load/report.h"

namespace kcs::load {

// The processes whose use of CPU and memory is measured: the server's on this machine, and this one.
class ProcessWatch {
 public:
  // `workers`: process ids; their parent, if all have the same and it is no system process, is the server.
  // Ids that are no processes of this machine are left out.
  explicit ProcessWatch(const std::vector<int>& workers);

  void Start();
  // A process that has ended meanwhile is left out.
  void Stop();
  // What was used from Start() to Stop().
  const std::vector<ProcessReport>& reports() const { return reports_; }

 private:
  struct Watched {
    int pid = 0;
    std::string role;
    Duration cpu_before{};
  };
  std::vector<Watched> processes_;
  std::vector<ProcessReport> reports_;
};

}  // namespace kcs::load
