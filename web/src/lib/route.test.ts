import { describe, expect, it } from 'vitest';
import { meetingIdFrom, parseRoute } from './route';

const ID = '7b0c3f0e-6a55-4a3e-9f5f-0f0f0f0f0f0f';

describe('what people paste', () => {
  it.each([
    ID,
    `  ${ID}\n`,
    `https://meet.example/m/${ID}`,
    `meet.example:4501/m/${ID}?token=x#y`,
    `/m/${ID}/`,
  ])('finds the id in %j', (text) => {
    expect(meetingIdFrom(text)).toBe(ID);
  });

  it.each(['', 'two words', 'https://meet.example/', 'a/b', '<script>'])('finds none in %j', (text) => {
    expect(meetingIdFrom(text)).toBeNull();
  });
});

describe('the address', () => {
  it('leads to the pages', () => {
    expect(parseRoute('/')).toEqual({ page: 'start' });
    expect(parseRoute(`/m/${ID}`)).toEqual({ page: 'meeting', meetingId: ID });
    expect(parseRoute('/m/')).toEqual({ page: 'unknown' });
    expect(parseRoute('/elsewhere')).toEqual({ page: 'unknown' });
  });
});
