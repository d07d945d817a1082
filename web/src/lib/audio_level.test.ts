import { expect, it } from 'vitest';
import { decibelsOf, meterPosition, SpeechGate } from './audio_level';

it('measures in decibels of full scale', () => {
  expect(decibelsOf(new Float32Array(100))).toBe(-100);
  expect(decibelsOf(new Float32Array(100).fill(1))).toBe(0);
  expect(decibelsOf(new Float32Array(100).fill(0.1))).toBeCloseTo(-20, 3);
});

it('shows nothing for a quiet room and all for a loud voice', () => {
  expect(meterPosition(-80)).toBe(0);
  expect(meterPosition(-5)).toBe(1);
});

it('does not flicker between words', () => {
  const gate = new SpeechGate();
  expect(gate.update(-90, 0)).toBe(false);
  expect(gate.update(-30, 100)).toBe(true);
  expect(gate.update(-90, 500)).toBe(true);
  expect(gate.update(-90, 1_000)).toBe(false);
});
