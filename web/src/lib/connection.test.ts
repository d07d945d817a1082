import type { ConnectionDetails } from '@kcs-meet/sdk';
import { describe, expect, it } from 'vitest';
import { adviceFor, bitrateWords, factsOf, percentWords, type Situation } from './connection';

const POOR: ConnectionDetails = { quality: 'poor', score: 0.3 };
const advise = (connection: ConnectionDetails, change: Partial<Situation> = {}) =>
  adviceFor({ connection, cameraOn: true, pictures: true, audioOnly: false, ...change });

describe('advice', () => {
  it('is not given while the connection is fine or unknown', () => {
    expect(advise({ quality: 'good', score: 0.7 })).toBeNull();
    expect(advise({ quality: 'excellent', score: 1 })).toBeNull();
    expect(adviceFor({ connection: null, cameraOn: true, pictures: true, audioOnly: false })).toBeNull();
  });

  it('is to turn the camera off when only the upload is slow', () => {
    const advice = advise({ ...POOR, upload: 'poor', download: 'good' });
    expect(advice?.text).toContain('upload is slow');
    expect(advice?.remedies).toEqual(['camera-off']);
  });

  it('is sound only when only the download is slow', () => {
    expect(advise({ ...POOR, upload: 'good', download: 'poor' })?.remedies).toEqual(['sound-only']);
  });

  it('is both when both are slow, or the server does not say which', () => {
    for (const connection of [POOR, { ...POOR, upload: 'poor' as const, download: 'poor' as const }]) {
      const advice = advise(connection);
      expect(advice?.text).toContain('others may see a blurred picture');
      expect(advice?.remedies).toEqual(['camera-off', 'sound-only']);
    }
  });

  it('suggests nothing that is done already or would not help', () => {
    expect(advise(POOR, { cameraOn: false })?.remedies).toEqual(['sound-only']);
    expect(advise(POOR, { audioOnly: true })?.remedies).toEqual(['camera-off']);
    expect(advise(POOR, { pictures: false })?.remedies).toEqual(['camera-off']);
    expect(advise(POOR, { cameraOn: false, audioOnly: true })).toEqual({
      text: 'Your connection is weak: the sound may break up.',
      remedies: [],
    });
    expect(advise({ ...POOR, upload: 'poor', download: 'good' }, { cameraOn: false })?.text).toContain(
      'hear you',
    );
  });
});

describe('the numbers in words', () => {
  it('leave out what is not known', () => {
    expect(factsOf(POOR)).toEqual([]);
    expect(factsOf({ ...POOR, rtt: null, loss: 0, availableOutgoingBitrate: 640_000 })).toEqual([
      { label: 'Lost on the way', value: '0 %' },
      { label: 'Free for receiving', value: '640 kbit/s' },
    ]);
  });

  it('are as exact as they are useful', () => {
    expect(percentWords(0.0004)).toBe('less than 0.1 %');
    expect(percentWords(0.0123)).toBe('1.2 %');
    expect(percentWords(0.25)).toBe('25 %');
    expect(bitrateWords(999_400)).toBe('999 kbit/s');
    expect(bitrateWords(999_600)).toBe('1.0 Mbit/s');
    expect(bitrateWords(2_640_000)).toBe('2.6 Mbit/s');
  });
});
