import { describe, expect, it, vi } from 'vitest';
import { RestApi } from './rest';
import { readToken } from './token';

function apiAnswering(status: number, body: unknown) {
  const fetchImpl = vi.fn(
    async (_url: unknown, _init?: RequestInit) => new Response(JSON.stringify(body), { status }),
  );
  return { api: new RestApi('http://meet.test', fetchImpl as unknown as typeof fetch), fetchImpl };
}

describe('REST', () => {
  it('creates a meeting with the token', async () => {
    const { api, fetchImpl } = apiAnswering(201, {
      success: true,
      data: { meeting: { id: 'm1', meeting_title: 'Standup' } },
    });
    expect((await api.createMeeting('T', { meeting_title: 'Standup' })).id).toBe('m1');
    const [url, init] = fetchImpl.mock.calls[0]!;
    expect(url).toBe('http://meet.test/api/meetings');
    expect(init).toMatchObject({ method: 'POST', body: '{"meeting_title":"Standup"}' });
    expect(init?.headers).toMatchObject({ authorization: 'Bearer T' });
  });

  it('keeps ids in their place in the path', async () => {
    const { api, fetchImpl } = apiAnswering(200, { success: true, data: { meeting: {} } });
    await api.getMeeting('T', '../x');
    expect(fetchImpl.mock.calls[0]?.[0]).toBe('http://meet.test/api/meetings/..%2Fx');
  });

  it.each([403, 404])('takes %i for a server without guests', async (status) => {
    const { api } = apiAnswering(status, { success: false, message: 'no guests' });
    expect(await api.guestToken('Alex')).toBeNull();
  });

  it('tells the code the server names, else the one of the status', async () => {
    const named = apiAnswering(403, { success: false, message: 'x', error: { code: 'meeting-ended' } }).api;
    await expect(named.getMeeting('T', 'm')).rejects.toMatchObject({ code: 'meeting-ended', detail: 'x' });
    const unnamed = apiAnswering(401, '').api;
    await expect(unnamed.getMeeting('T', 'm')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  it('says that the server cannot be reached', async () => {
    const api = new RestApi('', () => Promise.reject(new TypeError('fetch failed')));
    await expect(api.getMeeting('T', 'm')).rejects.toMatchObject({ code: 'unreachable' });
    await expect(api.guestToken('Alex')).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('a token', () => {
  it('is read with names in any script', () => {
    const utf8 = new TextEncoder().encode(JSON.stringify({ sub: 'u1', name: 'Łucja 李' }));
    const body = btoa(String.fromCharCode(...utf8))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '');
    expect(readToken(`h.${body}.s`)).toEqual({ sub: 'u1', name: 'Łucja 李' });
  });

  it.each(['', 'abc', 'a.b.c', 'a.bnVsbA.c'])('is null for %j', (text) => {
    expect(readToken(text)).toBeNull();
  });
});
