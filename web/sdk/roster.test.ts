import { describe, expect, it } from 'vitest';
import { allMedia, rosterFrom, withMedia, withoutProducer, withoutTracks, withProducer } from './roster';

const track = { kind: 'video' } as MediaStreamTrack;
const roster = rosterFrom(
  [
    { participantId: 'me', userName: 'Me', role: 'host' },
    {
      participantId: 'alice',
      userName: 'Alice',
      role: 'participant',
      producers: [{ producerId: 'cam', kind: 'video', source: 'camera', paused: false }],
    },
  ],
  'me',
);

describe('the roster', () => {
  it('leaves oneself out', () => {
    expect([...roster.keys()]).toEqual(['alice']);
  });

  it('does not change what was handed out before', () => {
    const next = withMedia(roster, 'cam', { track, paused: true });
    expect(next.get('alice')?.media.camera).toMatchObject({ track, paused: true });
    expect(roster.get('alice')?.media.camera).toMatchObject({ track: null, paused: false });
  });

  it('is the same object when nothing changes', () => {
    expect(withMedia(roster, 'unknown', { track })).toBe(roster);
    expect(withProducer(roster, 'nobody', { producerId: 'x', kind: 'audio' })).toBe(roster);
    expect(withProducer(roster, 'alice', { producerId: 'cam', kind: 'video' })).toBe(roster);
    expect(withoutProducer(roster, 'unknown')).toBe(roster);
  });

  it('keeps the people but not the tracks when the transports are gone', () => {
    const lost = withoutTracks(withMedia(roster, 'cam', { track }));
    expect(allMedia(lost)).toMatchObject([{ participantId: 'alice', producerId: 'cam', track: null }]);
  });
});
