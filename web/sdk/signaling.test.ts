import { expect, it, vi } from 'vitest';
import { Signaling } from './signaling';
import { FakeServer } from './testing/fake_server';

async function opened(timeoutMs?: number) {
  const server = new FakeServer();
  const signaling = new Signaling(server.socket, timeoutMs);
  await signaling.open();
  return { server, signaling };
}

it('brings the code and the words of a refusal', async () => {
  const { server, signaling } = await opened();
  server.answer('raise-hand', () => {
    throw { code: 'rate-limited', message: 'slow down' };
  });
  const request = signaling.request('raise-hand', { meetingId: 'm1', raised: true });
  await expect(request).rejects.toMatchObject({ code: 'rate-limited', detail: 'slow down' });
});

it('takes a code it does not know for an internal error', async () => {
  const { server, signaling } = await opened();
  server.answer('raise-hand', () => {
    throw { code: 'from-the-future', message: 'x' };
  });
  await expect(signaling.request('raise-hand', { meetingId: 'm1', raised: true })).rejects.toMatchObject({
    code: 'internal',
  });
});

it('does not wait for ever', async () => {
  vi.useFakeTimers();
  const { server, signaling } = await opened(5_000);
  server.answer('raise-hand', () => new Promise(() => {}));
  const request = signaling.request('raise-hand', { meetingId: 'm1', raised: true });
  const expectation = expect(request).rejects.toMatchObject({ code: 'timeout' });
  await vi.advanceTimersByTimeAsync(5_000);
  await expectation;
  vi.useRealTimers();
});

it('does not keep requests for a later connection', async () => {
  const { server, signaling } = await opened();
  server.socket.drop();
  await expect(signaling.request('raise-hand', { meetingId: 'm1', raised: true })).rejects.toMatchObject({
    code: 'disconnected',
  });
  expect(server.requests).toHaveLength(0);
});

it('says that nobody answers', async () => {
  const server = new FakeServer();
  server.refuseConnection = new Error('xhr poll error');
  await expect(new Signaling(server.socket).open()).rejects.toMatchObject({ code: 'unreachable' });
});
