#include "load/course.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace kcs::load {

Result<void> RaiseFileLimit(std::uint64_t participants) {
  // Three descriptors a participant, and some for everything else.
  const rlim_t wanted = 3 * participants + 100;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return {};
  limit.rlim_cur = std::max(wanted, limit.rlim_max);
  // Best effort: only root may go beyond the hard limit.
  limit.rlim_max = std::max(wanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return {};
  return Fail("this needs " + std::to_string(wanted) + " open files, and only " +
              std::to_string(limit.rlim_cur) + " are allowed: raise `ulimit -n`, or use fewer participants");
}

Report Course(const Options& options, Entropy& entropy, std::vector<Fleet::Member> members,
              ProcessWatch& watch, const Fleet::Maker& make) {
  // Whoever read the progress may go: that ends no test.
  std::signal(SIGPIPE, SIG_IGN);
  io::EventLoop loop;
  Fleet fleet(loop, entropy, options, std::move(members), make, watch);
  loop.OnSignals({SIGINT, SIGTERM}, [&fleet](int) { fleet.Interrupt(); });
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
