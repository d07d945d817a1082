#include "load/ice_agent.h"

#include <algorithm>
#include <utility>

#include "engine/wire/ice_check.h"
#include "engine/wire/stun_integrity.h"

namespace kcs::load {

IceAgent::IceAgent(IceServer server, Entropy& entropy, Timestamp now)
    : server_(std::move(server)),
      entropy_(entropy),
      // RFC 8445 7.2.2: "the username for the credential is formed by concatenating the username fragment
      // provided by the peer with the username fragment of the ICE agent sending the request, separated by a
      // colon".
      username_(
          server_.username_fragment + ":" +
          (server_.client_username_fragment.empty() ? entropy.Token(8) : server_.client_username_fragment)),
      tie_breaker_(entropy.NextU64()) {
  // Peer-reflexive is what the server learns of us.
  for (const SocketAddress& address : server_.candidates) {
    if (candidates_.size() == kMaxCandidates) break;
    candidates_.push_back({.address = address,
                           .priority = wire::PeerReflexivePriority(candidates_.size()),
                           .next_check = now,
                           .transaction = {},
                           .repetition = {}});
  }
}

void IceAgent::OnStun(const SocketAddress& from, Bytes datagram, Timestamp now) {
  const auto message = wire::StunMessage::Parse(datagram);
  if (message && message->message_class == wire::StunClass::kRequest)
    return OnRequest(from, datagram, *message);
  if (!message || message->message_class != wire::StunClass::kSuccess) return;
  if (!wire::IntegrityOk(datagram, *message, server_.password)) return;
  for (Candidate& candidate : candidates_) {
    if (candidate.address != from || candidate.transaction != message->transaction_id) continue;
    candidate.next_check = now + kConsentInterval;
    candidate.repetition = {};
    if (selected_) return;
    selected_ = from;
    candidate.next_check = now;  // to nominate it
    // Nobody needs the others any more.
    std::erase_if(candidates_, [&](const Candidate& other) { return other.address != from; });
    return;
  }
}

void IceAgent::OnRequest(const SocketAddress& from, Bytes datagram, const wire::StunMessage& message) {
  // Without a password nobody could sign it.
  if (server_.client_password.empty() || message.method != wire::kStunBinding) return;
  if (wire::IntegrityOk(datagram, message, server_.client_password))
    question_ = {from, message.transaction_id};
}

IceAgent::Check IceAgent::Answer(const Question& question, MutableBytes memory) const {
  wire::StunWriter writer(memory);
  writer.Begin(wire::StunClass::kSuccess, wire::kStunBinding, question.transaction);
  writer.AddXorMappedAddress(question.from);
  return {question.from, Bytes(memory).first(writer.Finish(server_.client_password))};
}

std::optional<IceAgent::Check> IceAgent::NextCheck(Timestamp now, MutableBytes memory) {
  if (const auto question = std::exchange(question_, std::nullopt)) return Answer(*question, memory);
  const auto due = std::find_if(candidates_.begin(), candidates_.end(),
                                [now](const Candidate& c) { return c.next_check <= now; });
  if (due == candidates_.end()) return std::nullopt;
  // RFC 8489 6.2.1: a request that is repeated keeps its transaction, so that a late answer to it counts.
  // Many clients must not ask a server that is slow to answer all the more.
  const bool fresh = due->repetition == Duration::zero();
  if (fresh) entropy_.Fill(due->transaction);
  wire::StunWriter writer(memory);
  wire::BeginIceCheck({.username = username_,
                       .tie_breaker = tie_breaker_,
                       .priority = due->priority,
                       .controlled = false,
                       .use_candidate = selected_.has_value()},
                      due->transaction, writer);
  const std::size_t size = writer.Finish(server_.password);
  due->repetition = fresh ? kFirstRepetition : std::min(2 * due->repetition, kLastRepetition);
  due->next_check = now + due->repetition;
  return Check{due->address, Bytes(memory).first(size)};
}

Timestamp IceAgent::NextDeadline() const {
  if (question_) return Timestamp::min();
  Timestamp deadline = kNever;
  for (const Candidate& candidate : candidates_) deadline = std::min(deadline, candidate.next_check);
  return deadline;
}

}  // namespace kcs::load
