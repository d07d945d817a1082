#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numeric>

#include "base/check.h"
#include "judge.h"
#include "simulation.h"
#include "trace.h"

namespace kcs::sim {
namespace {

constexpr Duration kWarmUp = 3s;
constexpr std::uint32_t kSsrcs = 10'000;  // of each sender
constexpr Duration kShownOfLate = 1s;

SourceOptions LayeredCamera(const SenderModel& model, std::uint64_t seed, std::uint32_t ssrc) {
  return {.ssrc = ssrc,
          .rtx_ssrc = ssrc + 1,
          .bitrate = std::accumulate(model.video.begin(), model.video.end(), std::uint32_t{0}),
          .temporal_layers = model.temporal_layers,
          .pacing = model.pacing,
          .key_frame = model.key_frame,
          .codec = model.codec,
          .svc = model.svc,
          .layers = model.video,
          .seed = seed};
}

void Publish(const SenderModel& model, std::uint64_t seed, Participant& sender) {
  std::vector<SourceOptions> encodings;
  std::uint32_t ssrc = kSsrcs * sender.number();
  const auto count = model.svc.empty() ? static_cast<unsigned>(model.video.size()) : 0U;
  if (!model.svc.empty()) {
    encodings.push_back(LayeredCamera(model, seed, ssrc + 1));
    ssrc += 2;
  }
  for (unsigned i = 0; i < count; ++i) {
    encodings.push_back({.ssrc = ++ssrc,
                         .bitrate = model.video[i],
                         .temporal_layers = model.temporal_layers,
                         .pacing = model.pacing,
                         .key_frame = model.key_frame,
                         .encoding = static_cast<std::uint8_t>(i),
                         .width = static_cast<std::uint16_t>(1280U >> (count - 1 - i)),
                         .height = static_cast<std::uint16_t>(720U >> (count - 1 - i)),
                         .seed = seed});
    encodings.back().rtx_ssrc = ++ssrc;
  }
  if (!encodings.empty()) sender.PublishAll(encodings, model.screen);
  if (model.audio) sender.Publish({.kind = wire::MediaKind::kAudio, .ssrc = ++ssrc, .payload_type = 111});
}

class Player {
 public:
  explicit Player(const Scenario& scenario);
  Outcome Run();

 private:
  struct Receiver {
    const ReceiverModel* model = nullptr;
    Participant* participant = nullptr;
    Pipe* down = nullptr;
    std::vector<MediaSink*> pictures{};  // by sender; nullptr: it sends none
    std::vector<MediaSink*> sounds{};
    std::vector<std::uint64_t> picture_bytes{};
    bool joined = false;
    bool paused = false;
  };
  Duration Elapsed() const { return simulation_.now() - start_; }
  void Follow(Receiver& receiver);
  void Join(Receiver& receiver);
  void SetPriority(const Receiver& receiver, const MediaSink& picture);
  void MakeKeyFrames();
  void NoteKeyFrames();
  void NoteLayersSent();
  void TakeSamples();
  Sample TakeSample(Receiver& receiver, const sfu::RouterStats& stats, Trace& trace);
  void SamplePictures(Receiver& receiver, Sample& sample);
  void SampleSounds(Receiver& receiver, Sample& sample);
  static std::uint64_t CountUndecodable(const Receiver& receiver);

  const Scenario& scenario_;
  Simulation simulation_;
  Timestamp start_{};
  std::vector<Participant*> senders_;
  std::vector<std::uint64_t> requests_;  // for key frames, by sender
  std::vector<Receiver> receivers_;
  Outcome outcome_;
};

Player::Player(const Scenario& scenario) : scenario_(scenario), simulation_(scenario.seed) {
  for (const SenderModel& model : scenario.senders) {
    senders_.push_back(&simulation_.Join({.delay = 10ms}));
    senders_.back()->obeys_layers_wanted = model.obeys_layers_wanted;
    Publish(model, scenario.seed, *senders_.back());
  }
  for (const ReceiverModel& model : scenario.receivers) {
    Participant& participant = simulation_.Join();
    participant.reports = model.reports;
    receivers_.push_back({.model = &model, .participant = &participant});
  }
  simulation_.RunFor(kWarmUp);
  start_ = simulation_.now();
  for (const auto& participant : simulation_.participants()) KCS_CHECK(participant->connected());
  std::vector<Pipe*> shared;
  for (const LinkModel& model : scenario.shared) shared.push_back(&simulation_.AddPipe(model));
  for (Receiver& receiver : receivers_) {
    receiver.down = receiver.model->shared ? shared[static_cast<std::size_t>(*receiver.model->shared)]
                                           : &simulation_.AddPipe(receiver.model->link);
    receiver.participant->link = {.delay = receiver.model->rtt / 2, .down = receiver.down};
    if (receiver.model->up) receiver.participant->link.up = &simulation_.AddPipe(*receiver.model->up);
  }
  requests_.resize(senders_.size());
  for (std::size_t i = 0; i < senders_.size(); ++i) requests_[i] = senders_[i]->key_frame_requests();
  outcome_.receivers.resize(receivers_.size());
  outcome_.key_frame_requests.resize(senders_.size());
  outcome_.layers_sent.resize(senders_.size());
}

void Player::SetPriority(const Receiver& receiver, const MediaSink& picture) {
  const std::size_t place = receiver.pictures.size() - 1;
  if (place >= receiver.model->priorities.size()) return;
  simulation_.Must(sfu::ConsumerCommand{.consumer = receiver.participant->ConsumerOf(picture),
                                        .action = sfu::ConsumerAction::kSetPriority,
                                        .priority = receiver.model->priorities[place]});
}

void Player::Join(Receiver& receiver) {
  receiver.joined = true;
  for (const Participant* sender : senders_) {
    receiver.pictures.push_back(nullptr);
    for (std::size_t i = 0; i < sender->producers().size(); ++i) {
      MediaSink& sink = receiver.participant->Consume(*sender, i);
      if (sink.kind() == wire::MediaKind::kVideo) {
        receiver.pictures.back() = &sink;
        SetPriority(receiver, sink);
      } else {
        receiver.sounds.push_back(&sink);
      }
    }
  }
  receiver.picture_bytes.resize(receiver.pictures.size());
}

void Player::Follow(Receiver& receiver) {
  const Duration at = Elapsed();
  if (!receiver.joined && at >= receiver.model->join) Join(receiver);
  if (!receiver.joined) return;
  const bool pause = std::ranges::any_of(
      receiver.model->pauses, [&](const auto& span) { return at >= span.from && at < span.until; });
  if (pause == receiver.paused) return;
  receiver.paused = pause;
  for (const MediaSink* picture : receiver.pictures) {
    if (picture == nullptr) continue;
    pause ? receiver.participant->Pause(*picture) : receiver.participant->Resume(*picture);
  }
}

void Player::MakeKeyFrames() {
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    const auto every = scenario_.senders[i].key_frames_every;
    if (!every || Elapsed() % *every != 0s) continue;
    for (const auto& source : senders_[i]->sources()) source->RequestKeyFrame();
  }
}

void Player::NoteKeyFrames() {
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    for (; requests_[i] < senders_[i]->key_frame_requests(); ++requests_[i])
      outcome_.key_frame_requests[i].push_back(Elapsed());
  }
}

void Player::NoteLayersSent() {
  for (std::size_t i = 0; i < senders_.size(); ++i) {
    if (!senders_[i]->obeys_layers_wanted) continue;
    const auto& encodings = senders_[i]->producers().front().encodings;
    const auto sent = std::ranges::count_if(encodings, [](const MediaSource* s) { return !s->muted(); });
    auto& changes = outcome_.layers_sent[i];
    if (changes.empty() || changes.back().second != sent - 1)
      changes.emplace_back(Elapsed(), static_cast<int>(sent - 1));
  }
}

void Player::SamplePictures(Receiver& receiver, Sample& sample) {
  for (std::size_t i = 0; i < receiver.pictures.size(); ++i) {
    Sample::Picture& picture = sample.pictures.emplace_back();
    MediaSink* sink = receiver.pictures[i];
    if (sink == nullptr) continue;
    const std::uint64_t bytes = sink->bytes() - std::exchange(receiver.picture_bytes[i], sink->bytes());
    picture.bps = static_cast<std::uint32_t>(bytes * 8 * (1s / Sample::kInterval));
    picture.gap = sink->TakeLongestGap();
    if (!sink->shown() || !sink->last_shown()) continue;
    const Duration since = simulation_.now() - *sink->last_shown();
    picture.gap = std::max(picture.gap, since);
    picture.temporal = sink->TakeHighestTemporal();
    if (since < kShownOfLate) picture.layer = sink->shown()->encoding;
  }
}

void Player::SampleSounds(Receiver& receiver, Sample& sample) {
  for (MediaSink* sink : receiver.sounds) {
    sample.audio_gap = std::max(sample.audio_gap, sink->TakeLongestGap());
    if (sink->last_shown())
      sample.audio_gap = std::max(sample.audio_gap, simulation_.now() - *sink->last_shown());
  }
}

Sample Player::TakeSample(Receiver& receiver, const sfu::RouterStats& stats, Trace& trace) {
  constexpr double kPerSecond = 1.0 / ToSeconds(Sample::kInterval);
  Sample sample{.at = Elapsed(), .capacity = receiver.down->link().capacity(simulation_.now())};
  const auto transport = std::ranges::find(stats.transports, receiver.participant->receive_transport(),
                                           &sfu::TransportStats::id);
  sample.estimate = transport->available_bitrate.value_or(0);
  sample.allocated = transport->allocated_bitrate;
  sample.estimator = transport->estimator;
  const PathMeter meter = std::exchange(receiver.participant->meter, {});
  sample.sent_bps = static_cast<std::uint32_t>(static_cast<double>(meter.sent_bytes) * 8 * kPerSecond);
  sample.arrived_bps = static_cast<std::uint32_t>(static_cast<double>(meter.arrived_bytes) * 8 * kPerSecond);
  sample.sent = meter.sent;
  sample.overflowed = meter.overflowed;
  sample.lost = meter.lost;
  sample.audio_lost = meter.sounds_lost;
  for (const Duration queued : meter.queued) {
    trace.queued.emplace_back(sample.at, queued);
    sample.queue = std::max(sample.queue, queued);
  }
  if (!receiver.joined) {
    sample.pictures.resize(senders_.size());
    return sample;
  }
  SamplePictures(receiver, sample);
  SampleSounds(receiver, sample);
  return sample;
}

void Player::TakeSamples() {
  const auto reply = simulation_.Must(sfu::GetRouterStats{Simulation::kRouter});
  for (std::size_t i = 0; i < receivers_.size(); ++i) {
    Trace& trace = outcome_.receivers[i];
    trace.samples.push_back(TakeSample(receivers_[i], std::get<sfu::RouterStats>(reply), trace));
  }
}

std::uint64_t Player::CountUndecodable(const Receiver& receiver) {
  std::uint64_t count = 0;
  for (const MediaSink* sink : receiver.pictures) count += sink == nullptr ? 0 : sink->undecodable();
  return count;
}

Outcome Player::Run() {
  Duration next_sample = Sample::kInterval;
  while (Elapsed() < scenario_.duration) {
    for (Receiver& receiver : receivers_) Follow(receiver);
    MakeKeyFrames();
    simulation_.RunFor(1ms);
    NoteKeyFrames();
    NoteLayersSent();
    if (Elapsed() < next_sample) continue;
    next_sample += Sample::kInterval;
    TakeSamples();
  }
  for (std::size_t i = 0; i < receivers_.size(); ++i)
    outcome_.receivers[i].undecodable = CountUndecodable(receivers_[i]);
  return std::move(outcome_);
}

}  // namespace

LinkModel LinkOf(Steps capacity, Duration queue) {
  return {.capacity = std::move(capacity), .delay = {}, .bursts = {}, .queue = queue, .cross = {}};
}

LinkModel LinkOf(std::uint64_t bps, Duration queue) { return LinkOf(Steps{{0s, bps}}, queue); }

Outcome Play(Scenario scenario) {
  if (const char* seed = std::getenv("KCS_SIM_SEED")) scenario.seed += std::strtoull(seed, nullptr, 10) - 1;
  Outcome outcome = Player(scenario).Run();
  if (const char* directory = std::getenv("KCS_TRACE_DIR")) {
    for (std::size_t i = 0; i < outcome.receivers.size(); ++i) {
      std::ofstream file(std::string(directory) + "/" + scenario.name + "." + std::to_string(i) + ".csv");
      file << ToCsv(outcome.receivers[i]);
      std::fprintf(stderr, "%s.%zu: %s\n", scenario.name.c_str(), i, Summary(outcome.receivers[i]).c_str());
    }
  }
  return outcome;
}

}  // namespace kcs::sim
