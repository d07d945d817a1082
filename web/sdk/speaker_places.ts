import { defaultSource } from './defaults';
import type { ProducerInfo, ServerEvents } from './protocol';

/**
 * One of the few places for who speaks, where a server forwards the loudest only. Its track is the voice of whoever
 * is there; it stays, and people come and go.
 */
export interface SpeakerPlace {
  readonly producerId: string;
  readonly participantId: string | null;
  readonly track: MediaStreamTrack | null;
}

export type SpeakerPlaces = readonly SpeakerPlace[];

export function placesFrom(producerIds: readonly string[] = []): SpeakerPlaces {
  return producerIds.map((producerId) => ({ producerId, participantId: null, track: null }));
}

export function withOccupants(
  places: SpeakerPlaces,
  { places: told }: ServerEvents['speaker-places'],
): SpeakerPlaces {
  const occupants = new Map(told.map(({ producerId, participantId }) => [producerId, participantId]));
  return places.map((place) => ({ ...place, participantId: occupants.get(place.producerId) ?? null }));
}

export function isPlace(places: SpeakerPlaces, producerId: string): boolean {
  return places.some((place) => place.producerId === producerId);
}

export function withPlaceTrack(
  places: SpeakerPlaces,
  producerId: string,
  track: MediaStreamTrack | null,
): SpeakerPlaces {
  return places.map((place) => (place.producerId === producerId ? { ...place, track } : place));
}

/** The transports that they came through are gone. */
export function withoutPlaceTracks(places: SpeakerPlaces): SpeakerPlaces {
  return places.map((place) => ({ ...place, track: null }));
}

/** Whether a stream of somebody is heard over the places, and not consumed itself. */
export function isHeardOverPlaces(
  places: SpeakerPlaces,
  { source, kind }: Pick<ProducerInfo, 'source' | 'kind'>,
): boolean {
  return places.length > 0 && (source ?? defaultSource(kind)) === 'microphone';
}
