import type { Levels, MeetingState, Store } from './meeting_state';
import type { ServerEvents } from './protocol';
import type { Handlers } from './room_events';
import { changed } from './roster';

/** When nobody can be heard, the server says nothing more. */
const SILENT_AFTER_MS = 1_500;

/** What the quality events ask of the media session and of what is sent. */
export interface QualityActions {
  layersWanted(producerId: string, maxSpatialLayer: number | null): void;
  consumerChanged(consumerId: string, change: ConsumerChange): void;
  producerScore(producerId: string, score: number): void;
}

export interface ConsumerChange {
  layers?: Omit<ServerEvents['consumer-layers-changed'], 'consumerId'>;
  score?: number;
}

/** Applies what the server says of connections, speakers and layers. */
export function qualityHandlers(
  store: Store<MeetingState>,
  levels: Store<Levels>,
  actions: QualityActions,
): Handlers {
  let silence: ReturnType<typeof setTimeout> | undefined;
  const ofSelf = (participantId: string) => store.get().self?.participantId === participantId;
  return {
    'connection-quality': ({ participantId, ...connection }) => {
      const { self, participants } = store.get();
      const { quality } = connection;
      if (self && ofSelf(participantId)) {
        // The level changes rarely, the numbers always: who only looks at `self` need not look again.
        store.update({ connection, ...(self.quality !== quality && { self: { ...self, quality } }) });
      } else if (participants.get(participantId)?.quality !== quality) {
        store.update({ participants: changed(participants, participantId, { quality }) });
      }
    },
    'active-speaker': ({ participantId }) => store.update({ activeSpeaker: participantId }),
    'audio-levels': ({ levels: heard }) => {
      clearTimeout(silence);
      silence = setTimeout(() => levels.update({ levels: new Map() }), SILENT_AFTER_MS);
      levels.update({ levels: new Map(heard.map(({ participantId, level }) => [participantId, level])) });
    },
    'producer-layers-wanted': ({ producerId, maxSpatialLayer }) =>
      actions.layersWanted(producerId, maxSpatialLayer),
    'consumer-layers-changed': ({ consumerId, ...layers }) => actions.consumerChanged(consumerId, { layers }),
    'consumer-score': ({ consumerId, score }) => actions.consumerChanged(consumerId, { score }),
    'producer-score': ({ producerId, score }) => actions.producerScore(producerId, score),
  };
}
