import type { LayersReason, Participant, ReceivedLayers, RemoteMedia } from '@kcs-meet/sdk';
import { describe, expect, it } from 'vitest';
import { promoteSpeakers, screensOf, soundsOf, tilesOf, withActive } from './tiles';

const NOW = 100_000;
const promote = (
  order: string,
  firstPage: number,
  speaking: string[],
  spoke: Record<string, number> = {},
) => {
  const lastSpoke = new Map(Object.entries(spoke).map(([id, ago]) => [id, NOW - ago]));
  return promoteSpeakers(order.split(' '), new Set(speaking), lastSpoke, firstPage, NOW).join(' ');
};

describe('who is on the first page', () => {
  it('stays as it is while its own people speak', () => {
    expect(promote('me a b c', 3, ['a'])).toBe('me a b c');
  });

  it('gets a speaker from behind in the place of the longest silent', () => {
    expect(promote('me a b c', 3, ['c'], { a: 10_000, b: 20_000 })).toBe('me a c b');
    expect(promote('me a b c', 3, ['c'], { b: 20_000 })).toBe('me c b a');
  });

  it('is not shuffled by a lively talk', () => {
    expect(promote('me a b c', 3, ['c'], { a: 2_000, b: 3_000 })).toBe('me a b c');
  });

  it('keeps oneself and other speakers', () => {
    expect(promote('me a b', 2, ['a', 'b'])).toBe('me a b');
    expect(promote('me a', 1, ['a'])).toBe('me a');
  });
});

describe('a picture of somebody else', () => {
  const track = {} as MediaStreamTrack;
  const camera = {
    producerId: 'c',
    kind: 'video',
    source: 'camera',
    paused: false,
    track,
    score: null,
  } as const;
  const layersOf = (spatialLayer: number | null, reason: LayersReason): ReceivedLayers => ({
    spatialLayer,
    temporalLayer: spatialLayer,
    reason,
  });
  const tileWith = (media: Partial<RemoteMedia>, audioOnly = false) => {
    const participant: Participant = {
      participantId: 'ann',
      userName: 'Ann',
      role: 'participant',
      handRaised: false,
      quality: null,
      media: {
        camera: { ...camera, layers: null, ...media },
        screen: { ...camera, source: 'screen', layers: null, ...media },
      },
    };
    const state = {
      self: null,
      local: {},
      participants: new Map([['ann', participant]]),
      places: [],
      audioOnly,
    };
    return { tile: tilesOf(state)[0]!, screen: screensOf(state)[0]! };
  };

  it('is paused for the sound only when the link is the reason and nothing of it comes', () => {
    const paused = (layers: ReceivedLayers) => tileWith({ layers }).tile.pausedForSound;
    expect(paused(layersOf(null, 'bandwidth'))).toBe(true);
    expect(paused(layersOf(0, 'bandwidth'))).toBe(false);
    expect(paused(layersOf(null, 'viewport'))).toBe(false);
    expect(paused(layersOf(null, 'unavailable'))).toBe(false);
    expect(tileWith({ layers: layersOf(null, 'bandwidth') }).screen.pausedForSound).toBe(true);
  });

  it('that its owner turned off is not paused for the sound', () => {
    const { tile } = tileWith({ paused: true, layers: layersOf(null, 'bandwidth') });
    expect(tile).toMatchObject({ pausedForSound: false, cameraOn: false, video: null });
  });

  it('is not shown with sound only, though the camera is on', () => {
    const { tile, screen } = tileWith({ layers: layersOf(null, 'bandwidth') }, true);
    expect(tile).toMatchObject({ cameraOn: true, video: null, pausedForSound: false });
    expect(screen).toMatchObject({ video: null, pausedForSound: false, soundOnly: true });
  });
});

describe('who leads the talk', () => {
  it('counts as speaking between two words', () => {
    expect([...withActive(new Set(['a']), 'b')]).toEqual(['a', 'b']);
    expect([...withActive(new Set(['a']), null)]).toEqual(['a']);
  });
});

describe('a voice that comes over a speaker place', () => {
  const track = {} as MediaStreamTrack;
  const microphone = {
    producerId: 'm',
    kind: 'audio',
    source: 'microphone',
    paused: false,
    track: null,
    layers: null,
    score: null,
  } as const;
  const person = (participantId: string): Participant => ({
    participantId,
    userName: participantId,
    role: 'participant',
    handRaised: false,
    quality: null,
    media: { microphone },
  });
  const participants = new Map([
    ['ann', person('ann')],
    ['ben', person('ben')],
  ]);
  const places = [
    { producerId: 'place', participantId: 'ben', track },
    { producerId: 'empty', participantId: null, track: null },
  ];

  it('is that of who is there', () => {
    const tiles = tilesOf({ self: null, local: {}, participants, places, audioOnly: false });
    expect(tiles.map(({ audio }) => audio)).toEqual([null, track]);
    expect(tiles.map(({ muted }) => muted)).toEqual([false, false]);
  });

  it('is played whoever is there', () => {
    expect(soundsOf({ participants, places })).toEqual([{ key: 'place', track }]);
  });
});
