#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kcs::metrics {

// One answer to a scrape: values as they are now, in Prometheus' text format. Metrics of one name belong
// together, whatever order they are added in.
class Page {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  Page();
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  void Gauge(const std::string& name, const std::string& help, double value, const Labels& labels = {});
  // A number that only grows, but for restarts.
  void Counter(const std::string& name, const std::string& help, double value, const Labels& labels = {});

  std::string Text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace kcs::metrics
