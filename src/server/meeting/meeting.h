#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/entropy.h"
#include "base/result.h"
#include "server/meeting/allowance.h"
#include "server/meeting/effect.h"
#include "server/meeting/ids.h"
#include "server/meeting/meeting_record.h"
#include "server/meeting/participant.h"
#include "server/meeting/request.h"
#include "server/meeting/state.h"
#include "server/meeting/stats.h"

// One meeting that somebody is in: pure domain, without I/O, clock or JSON. Requests, outcomes and notices go
// in, effects come out, to be carried out in their order.
namespace kcs::meeting {

struct Limits {
  std::size_t participants = 200;
  std::size_t waiting = 200;   // sockets of a meeting that have not joined
  std::size_t transports = 8;  // of one socket, likewise below
  std::size_t producers = 16;
  std::size_t consumers = 1000;
  std::size_t speaker_places = 0;  // of a meeting; 0: everybody is heard
};

class Meeting {
 public:
  // `ids` and `entropy` must outlive the meeting.
  Meeting(MeetingRecord record, Limits limits, RouterIdSource& ids, Entropy& entropy);
  ~Meeting();
  Meeting(const Meeting&) = delete;
  Meeting& operator=(const Meeting&) = delete;

  // A socket turns to this meeting, which it has not joined by that. Before its first request.
  Result<void, Error> Attach(ClientId client, const Identity& identity);

  // Every request is answered by exactly one Reply, now or after a MediaDone; the Reply of a client that was
  // detached meanwhile is an error.
  [[nodiscard]] Effects Apply(const Request& request, UnixMillis now);
  // The outcome of a command that had an operation.
  [[nodiscard]] Effects Apply(OperationId operation, const MediaOutcome& outcome);
  // What came of AskStats.
  [[nodiscard]] Effects Apply(OperationId operation, Result<RouterStats, Error> stats);
  [[nodiscard]] Effects Apply(const MediaNotice& notice);
  // The socket is gone, or has to go.
  [[nodiscard]] Effects Detach(ClientId client, LeaveReason reason);
  // The worker that carried the meeting is lost, and with it all media. The next transport opens a new
  // router.
  [[nodiscard]] Effects MediaLost();
  // Everybody has to go; nobody is attached afterwards.
  [[nodiscard]] Effects End(std::string_view reason);

  // A changed title, host, password or limit counts for the joins to come.
  void SetRecord(MeetingRecord record) { record_ = std::move(record); }

  const MeetingRecord& record() const { return record_; }
  // Absent while nobody needs media.
  std::optional<MediaId> router() const { return router_; }
  // Nobody is attached, and no request waits for a worker.
  bool idle() const { return sessions_.empty() && pending_.empty(); }
  // Nobody can come in any more; it is there only until its last request has been answered.
  bool ended() const { return ended_; }
  bool attached(ClientId client) const { return sessions_.contains(client); }
  bool joined(ClientId client) const;
  Census census() const;
  std::vector<ParticipantInfo> Participants() const;

  // Of those who have joined, for statistics.
  std::vector<MediaOf> MediaByParticipant() const;

 private:
  // One request being served: whose, when, and what comes of it.
  struct Context {
    const Request& request;
    Session& session;
    UnixMillis now;
    Effects& out;
  };

  // By request.
  void On(Context& context, const AddTransport& body);
  void On(Context& context, const Connect& body);
  void On(Context& context, const Restart& body);
  void On(Context& context, const Produce& body);
  void On(Context& context, const ChangeProducer& body);
  void On(Context& context, const Consume& body);
  void On(Context& context, const ChangeConsumer& body);
  void On(Context& context, const SetViewports& body);
  void On(Context& context, const SetAudioOnly& body);
  void On(Context& context, const Join& body);
  void On(Context& context, const Leave& body);
  void On(Context& context, const RaiseHand& body);
  void On(Context& context, const React& body);
  void On(Context& context, const GetStats& body);

  // By outcome.
  void FinishAddTransport(const Pending& pending, const MediaOutcome& outcome, Effects& out);
  void FinishConnect(const Pending& pending, const MediaOutcome& outcome, Effects& out);
  void FinishRestart(const Pending& pending, const MediaOutcome& outcome, Effects& out);
  void FinishProduce(const Pending& pending, const MediaOutcome& outcome, Effects& out);
  void FinishChangeProducer(const Pending& pending, const MediaOutcome& outcome, Effects& out);
  void FinishConsume(const Pending& pending, const MediaOutcome& outcome, Effects& out);
  void FinishChangeConsumer(const Pending& pending, const MediaOutcome& outcome, Effects& out);

  // By notice, of an object that is known and ready.
  void On(const TransportStateChanged& notice, Effects& out);
  void On(const TransportQuality& notice, Effects& out);
  void On(const ProducerLayersWanted& notice, Effects& out);
  void On(const ConsumerLayersChanged& notice, Effects& out);
  void On(const ProducerScoreChanged& notice, Effects& out);
  void On(const ConsumerScoreChanged& notice, Effects& out);
  void On(const ActiveSpeakerChanged& notice, Effects& out);
  void On(const AudioLevels& notice, Effects& out);
  void On(const SpeakerPlacesChanged& notice, Effects& out);

  // Members.
  Session* FindSession(ClientId client);
  Session* FindParticipant(const std::string& user_id);
  std::size_t Capacity() const;
  Error Outsider() const;  // why a client that is not attached is refused
  Role RoleOf(const Identity& identity) const;
  void RemoveSession(Session& session, LeaveReason reason, Effects& out);
  std::vector<ClientId> EverybodyBut(ClientId client) const;
  void SendToOthers(ClientId but, Event event, Effects& out) const;
  ParticipantInfo Describe(const Session& session) const;
  MediaOf MediaBy(const Session& session) const;
  // Absent while nothing is known.
  std::optional<ConnectionQuality> QualityOf(const Session& session) const;
  void SetSpeaker(std::optional<std::string> user_id, Effects& out);

  // Speaker places: producers of nobody, which every router has.
  std::vector<MediaId> MakePlaces();
  void ForgetPlaces(Effects& out);
  SpeakerPlaces DescribePlaces() const;
  void TellPlaces(Effects& out) const;
  void AdmitSpeaker(const Session& session, Effects& out) const;

  // Media.
  MediaId RequireRouter(Effects& out);
  MediaId NextMedia();  // of the open router
  void CloseRouterIfUnused(Effects& out);
  // Why the object of a pending request is gone.
  Error Vanished(const Pending& pending) const;
  // Of this client and ready; null otherwise.
  Transport* FindTransport(ClientId client, const std::string& id);
  Producer* FindProducer(ClientId client, const std::string& id);
  Consumer* FindConsumer(ClientId client, const std::string& id);
  Result<Transport*, Error> ChooseTransport(const Session& session, const std::optional<std::string>& id,
                                            Direction direction);
  // Of a participant, or a speaker place.
  Result<Producer*, Error> ProducerFor(const Session& receiver, const Consume& wanted);
  Result<Producer*, Error> ChooseProducer(const Session& receiver, const Session& owner,
                                          const Consume& wanted);
  // By the workers' name; null if there is no such thing, or it is not ready.
  Transport* TransportBy(MediaId media);
  Producer* ProducerBy(MediaId media);
  Consumer* ConsumerBy(MediaId media);
  // Whether its receiver wants no video at all.
  bool IsMuted(const Consumer& consumer) const;
  // Out of the books, without a word to the worker; the events about it go to those concerned.
  void ForgetProducer(const std::string& id, Effects& out);
  void ForgetConsumer(const std::string& id);
  void ForgetMedia(Session& session, Effects& out);
  // Remembers the request until the operation has its outcome.
  OperationId Await(const Request& request, Pending pending);
  // Sends the command; the request is answered by its outcome.
  void Issue(const Request& request, Pending pending, MediaCommand command, Effects& out);

  MeetingRecord record_;
  Limits limits_;
  RouterIdSource& ids_;
  Entropy& entropy_;

  std::optional<MediaId> router_;
  std::uint64_t last_media_ = 0;
  std::unordered_map<ClientId, Session> sessions_;
  std::vector<ClientId> joined_;                       // in the order of joining
  std::unordered_map<std::string, ClientId> by_user_;  // the joined ones
  std::unordered_map<std::string, Transport> transports_;
  std::unordered_map<std::string, Producer> producers_;
  std::unordered_map<std::string, Consumer> consumers_;
  std::unordered_map<MediaId, std::string> names_;  // media id -> UUID of a transport, producer or consumer
  std::unordered_map<OperationId, Pending> pending_;
  std::optional<std::string> speaker_;  // the participant who leads the talk
  struct Place {
    std::string id;  // of its producer; the same whatever happens to routers
    std::optional<std::string> user_id;
  };
  std::vector<Place> places_;
  Allowance stats_;  // of all who ask for statistics
  std::uint64_t last_operation_ = 0;
  bool ended_ = false;
};

}  // namespace kcs::meeting
