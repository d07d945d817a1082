#include "server/metrics/page.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace kcs::metrics {

struct Page::Families {
  std::vector<prometheus::MetricFamily> list;

  prometheus::ClientMetric& Add(const std::string& name, const std::string& help, prometheus::MetricType type,
                                const Labels& labels) {
    prometheus::MetricFamily* family = nullptr;
    for (prometheus::MetricFamily& known : list) {
      if (known.name == name) family = &known;
    }
    if (family == nullptr) {
      list.push_back({name, help, type, {}});
      family = &list.back();
    }
    prometheus::ClientMetric metric;
    for (const auto& [label, value] : labels) metric.label.push_back({label, value});
    family->metric.push_back(std::move(metric));
    return family->metric.back();
  }
};

Page::Page() : families_(std::make_unique<Families>()) {}
Page::~Page() = default;

void Page::Gauge(const std::string& name, const std::string& help, double value, const Labels& labels) {
  families_->Add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void Page::Counter(const std::string& name, const std::string& help, double value, const Labels& labels) {
  families_->Add(name, help, prometheus::MetricType::Counter, labels).counter.value = value;
}

std::string Page::Text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_->list);
  return out.str();
}

}  // namespace kcs::metrics
