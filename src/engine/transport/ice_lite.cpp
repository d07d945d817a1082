#include "engine/transport/ice_lite.h"

#include <algorithm>

#include "engine/wire/stun_integrity.h"

namespace kcs::transport {
namespace {

constexpr Duration kAnswerCost = Duration(1s) / IceLite::kMaxAnswersPerSecond;
constexpr Duration kMaxAnswerCredit = 2s;

const char* ReasonOf(std::uint16_t error) {
  switch (error) {
    case 420:
      return "Unknown Attribute";
    case 487:
      return "Role Conflict";
    default:
      return "Bad Request";
  }
}

Bytes WriteAnswer(const wire::StunMessage& request, std::uint16_t error, const Tuple& tuple,
                  std::string_view password, MutableBytes out) {
  wire::StunWriter writer(out);
  if (error == 0) {
    writer.Begin(wire::StunClass::kSuccess, wire::kStunBinding, request.transaction_id);
    writer.AddXorMappedAddress(tuple.remote);
  } else {
    writer.Begin(wire::StunClass::kError, wire::kStunBinding, request.transaction_id);
    writer.AddErrorCode(error, ReasonOf(error));
    if (error == 420) writer.AddUnknownAttributes(request.unknown_required);
  }
  return out.first(writer.Finish(password));
}

}  // namespace

const char* ToString(IceState state) {
  switch (state) {
    case IceState::kNew:
      return "new";
    case IceState::kConnected:
      return "connected";
    case IceState::kCompleted:
      return "completed";
    case IceState::kDisconnected:
      return "disconnected";
  }
  return "?";
}

std::string_view LocalUfrag(const wire::StunMessage& message) {
  const std::string_view username = message.username.value_or(std::string_view());
  const std::size_t colon = username.find(':');
  return colon == std::string_view::npos ? std::string_view() : username.substr(0, colon);
}

IceLite::IceLite(Entropy& entropy) : answer_credit_(kMaxAnswerCredit) {
  credentials_.push_back({{entropy.Token(kUfragLength), entropy.Token(kPasswordLength)}, 0});
}

std::vector<std::string_view> IceLite::ufrags() const {
  std::vector<std::string_view> all;
  for (const Credentials& c : credentials_) all.push_back(c.parameters.username_fragment);
  return all;
}

const IceParameters& IceLite::Restart(Entropy& entropy, std::vector<std::string>& retired_ufrags) {
  const std::uint32_t generation = credentials_.front().generation + 1;
  credentials_.insert(credentials_.begin(),
                      {{entropy.Token(kUfragLength), entropy.Token(kPasswordLength)}, generation});
  while (credentials_.size() > 1 + kMaxPrevious) {
    retired_ufrags.push_back(std::move(credentials_.back().parameters.username_fragment));
    credentials_.pop_back();
  }
  return local();
}

IceLite::Answer IceLite::OnStun(Bytes raw, const wire::StunMessage& message, const Tuple& tuple,
                                Timestamp now, MutableBytes out) {
  Answer answer;
  const auto drop = [&](wire::DropReason reason) {
    answer.result.drop = reason;
    return answer;
  };
  // A lite agent sends no requests, so no answer can be for it; indications only keep bindings of NATs alive.
  if (message.message_class != wire::StunClass::kRequest || message.method != wire::kStunBinding) {
    return drop(wire::DropReason::kStunUnexpected);
  }
  if (!wire::FingerprintOk(raw, message)) return drop(wire::DropReason::kStunBadFingerprint);
  const Credentials* credentials = Find(LocalUfrag(message));
  if (credentials == nullptr) return drop(wire::DropReason::kStunUnknownUfrag);
  // RFC 8489 9.1.3 would have us answer 401 here. An answer to somebody unauthenticated makes us a reflector,
  // and no peer that knows the password needs it: deliberately silent.
  if (!wire::IntegrityOk(raw, message, credentials->parameters.password)) {
    return drop(wire::DropReason::kStunBadIntegrity);
  }

  const std::string password = credentials->parameters.password;
  const std::uint32_t generation = credentials->generation;
  RetireOlderThan(generation, answer.result.retired_ufrags);
  const std::uint16_t error = ErrorOf(message);
  if (error == 0) {
    answer.result.tuples =
        tuples_.OnCheck(tuple, {message.priority.value_or(0), message.use_candidate, generation}, now);
    UpdateState();
  }
  if (!TakeAnswerCredit(now)) return drop(wire::DropReason::kStunRateLimited);
  answer.datagram = WriteAnswer(message, error, tuple, password, out);
  return answer;
}

std::uint16_t IceLite::ErrorOf(const wire::StunMessage& message) {
  // RFC 8489 6.3.1: "If the request contains one or more unknown comprehension-required attributes, the
  // server replies with an error response with an error code of 420".
  if (!message.unknown_required.empty()) return 420;
  // RFC 8445 7.3.1.1: an agent in the controlled role that is not to switch "generates a Binding error
  // response and includes an ERROR-CODE attribute with a value of 487". A lite agent facing a full one is
  // always controlled (6.1.1), so the tie-breakers are not compared.
  if (message.ice_controlled) return 487;
  // RFC 8445 7.1.1: "The PRIORITY attribute MUST be included in a Binding request".
  if (!message.priority) return 400;
  return 0;
}

const IceLite::Credentials* IceLite::Find(std::string_view ufrag) const {
  for (const Credentials& c : credentials_) {
    if (c.parameters.username_fragment == ufrag) return &c;
  }
  return nullptr;
}

bool IceLite::TakeAnswerCredit(Timestamp now) {
  answer_credit_ = std::min(kMaxAnswerCredit, answer_credit_ + (now - answer_credit_at_));
  answer_credit_at_ = now;
  if (answer_credit_ < kAnswerCost) return false;
  answer_credit_ -= kAnswerCost;
  return true;
}

void IceLite::RetireOlderThan(std::uint32_t generation, std::vector<std::string>& retired) {
  while (credentials_.back().generation < generation) {
    retired.push_back(std::move(credentials_.back().parameters.username_fragment));
    credentials_.pop_back();
  }
}

TupleChanges IceLite::OnTupleClosed(const Tuple& tuple) {
  TupleChanges changes = tuples_.Remove(tuple);
  UpdateState();
  return changes;
}

TupleChanges IceLite::OnTimeout(Timestamp now) {
  if (now < tuples_.NextDeadline()) return {};
  TupleChanges changes = tuples_.Expire(now);
  UpdateState();
  return changes;
}

void IceLite::UpdateState() {
  if (tuples_.size() > 0) {
    state_ = tuples_.nominated() ? IceState::kCompleted : IceState::kConnected;
  } else if (state_ != IceState::kNew) {
    state_ = IceState::kDisconnected;
  }
}

}  // namespace kcs::transport
