import { describe, expect, it } from 'vitest';
import { promoteSpeakers } from './tiles';

const speaking = (...ids: string[]) => new Set(ids);

describe('who is on the first page', () => {
  it('stays as it is while its own people speak', () => {
    expect(promoteSpeakers(['me', 'a', 'b', 'c'], speaking('a'), new Map(), 3)).toEqual([
      'me',
      'a',
      'b',
      'c',
    ]);
  });

  it('gets a speaker from behind in the place of the longest silent', () => {
    const lastSpoke = new Map([
      ['a', 500],
      ['b', 100],
    ]);
    expect(promoteSpeakers(['me', 'a', 'b', 'c'], speaking('c'), lastSpoke, 3)).toEqual([
      'me',
      'a',
      'c',
      'b',
    ]);
  });

  it('keeps oneself and other speakers', () => {
    expect(promoteSpeakers(['me', 'a', 'b'], speaking('a', 'b'), new Map(), 2)).toEqual(['me', 'a', 'b']);
    expect(promoteSpeakers(['me', 'a'], speaking('a'), new Map(), 1)).toEqual(['me', 'a']);
  });
});
