import type { Emitter } from './emitter';
import type { MeetingError } from './errors';
import type { MeetingState, Store } from './meeting_state';
import type { LeaveReason, MediaSource, ProducerInfo, ServerEventName, ServerEvents } from './protocol';
import {
  allMedia,
  changed,
  participantFrom,
  withMedia,
  withParticipant,
  withoutParticipant,
  withoutProducer,
  withProducer,
} from './roster';
import { isHeardOverPlaces, withOccupants } from './speaker_places';

/** What an application may want to show the moment it happens; everything lasting is in the state. */
export interface MeetingEvents {
  'participant-joined': { participantId: string; userName: string };
  'participant-left': { participantId: string; userName: string; reason: LeaveReason };
  'hand-raised': { participantId: string; userName: string; raised: boolean };
  reaction: { participantId: string; userName: string; reaction: string };
  /** A local device was unplugged, or sharing was stopped in the browser's own bar. */
  'local-track-ended': { source: MediaSource };
  error: MeetingError;
}

/** What room events ask of the media session. */
export interface MediaActions {
  /** Of somebody, or (null) of a speaker place. */
  consume(participantId: string | null, producer: Pick<ProducerInfo, 'producerId' | 'kind'>): void;
  forget(producerId: string): void;
}

export type Handlers = { [Name in ServerEventName]?: (payload: ServerEvents[Name]) => void };

/** Applies the server's room events to the state. Media is left to `actions`, the connection to the caller. */
export function roomHandlers(
  store: Store<MeetingState>,
  events: Emitter<MeetingEvents>,
  actions: MediaActions,
): Handlers {
  const roster = () => store.get().participants;
  const isSelf = (participantId: string) => participantId === store.get().self?.participantId;
  const changeSelf = (change: Partial<NonNullable<MeetingState['self']>>) => {
    const { self } = store.get();
    if (self) store.update({ self: { ...self, ...change } });
  };

  return {
    'participant-joined': ({ participantId, userName, role }) => {
      if (isSelf(participantId)) return;
      const known = roster().get(participantId);
      // Somebody who came back brings new streams; what is left of the old ones goes.
      for (const { producerId } of Object.values(known?.media ?? {})) actions.forget(producerId);
      store.update({
        participants: withParticipant(roster(), participantFrom({ participantId, userName, role })),
      });
      if (!known) events.emit('participant-joined', { participantId, userName });
    },
    'participant-left': ({ participantId, reason }) => {
      const participant = roster().get(participantId);
      if (!participant) return;
      for (const { producerId } of Object.values(participant.media)) actions.forget(producerId);
      store.update({ participants: withoutParticipant(roster(), participantId) });
      events.emit('participant-left', { participantId, userName: participant.userName, reason });
    },
    'new-producer': (producer) => {
      store.update({ participants: withProducer(roster(), producer.participantId, producer) });
      if (isHeardOverPlaces(store.get().places, producer)) return;
      if (roster().has(producer.participantId)) actions.consume(producer.participantId, producer);
    },
    'producer-closed': ({ producerId }) => {
      actions.forget(producerId);
      store.update({ participants: withoutProducer(roster(), producerId) });
    },
    'consumer-closed': ({ producerId }) => actions.forget(producerId),
    'producer-paused': ({ producerId }) =>
      store.update({ participants: withMedia(roster(), producerId, { paused: true }) }),
    'producer-resumed': ({ producerId }) =>
      store.update({ participants: withMedia(roster(), producerId, { paused: false }) }),
    'speaker-places': (told) => store.update({ places: withOccupants(store.get().places, told) }),
    'hand-raised': ({ participantId, userName, raised }) => {
      if (isSelf(participantId)) changeSelf({ handRaised: raised });
      else store.update({ participants: changed(roster(), participantId, { handRaised: raised }) });
      events.emit('hand-raised', { participantId, userName, raised });
    },
    'participant-reaction': ({ participantId, userName, reaction }) => {
      events.emit('reaction', { participantId, userName, reaction });
    },
  };
}

/** Asks for every stream that is known but not received yet. */
export function consumeAll(state: MeetingState, actions: MediaActions): void {
  for (const media of allMedia(state.participants))
    if (!media.track && !isHeardOverPlaces(state.places, media)) actions.consume(media.participantId, media);
  for (const { producerId, track } of state.places)
    if (!track) actions.consume(null, { producerId, kind: 'audio' });
}
