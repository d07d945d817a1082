#include "load/course.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "io/file_limit.h"

namespace kcs::load {

// Three descriptors a participant, and some for everything else.
Result<void> RaiseFileLimit(std::uint64_t participants) {
  const std::uint64_t wanted = 3 * participants + 100;
  const std::uint64_t limit = io::RaiseFileLimit(wanted);
  if (limit >= wanted) return {};
  return Fail("this needs " + std::to_string(wanted) + " open files, and only " + std::to_string(limit) +
              " are allowed: raise `ulimit -n`, or use fewer participants");
}

Report Course(io::EventLoop& loop, Interruption& interruption, const Options& options, Entropy& entropy,
              std::vector<Fleet::Member> members, ProcessWatch& watch, const Fleet::Maker& make) {
  // Whoever read the progress may go: that ends no test.
  std::signal(SIGPIPE, SIG_IGN);
  Fleet fleet(loop, entropy, options, std::move(members), make, watch);
  interruption.Ends(fleet);
  std::unique_ptr<io::Timer> progress;
  progress = std::make_unique<io::Timer>(loop, [&] {
    std::fprintf(stderr, "%s\n", fleet.Progress().c_str());
    progress->Set(io::EventLoop::Now() + 1s);
  });
  progress->Set(io::EventLoop::Now() + 1s);
  fleet.Start([&loop] { loop.Stop(); });
  loop.Run();
  progress.reset();
  return fleet.MakeReport();
}

int Tell(const Report& report) {
  const std::string text = report.options.json ? ReportJson(report) + "\n" : ReportTable(report);
  std::fputs(text.c_str(), stdout);
  return report.ok() ? 0 : 1;
}

}  // namespace kcs::load
