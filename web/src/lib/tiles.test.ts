import { describe, expect, it } from 'vitest';
import { promoteSpeakers } from './tiles';

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
