// What very many sockets cost the server, and that each of them gets what it is owed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Server } from './support/server.mjs';
import { eventually, inTurns, openSockets, residentBytes } from './support/sockets.mjs';

let server;
before(
  async () =>
    (server = await Server.start({ MAX_CONNECTIONS_PER_IP: '5000', MAX_CONNECTIONS: '5000', MAX_PARTICIPANTS: '1000' })),
);
after(() => server?.end());

const join = (socket, meeting) => socket.request('join-meeting', { meetingId: meeting.id });

test('a socket that is connected and does nothing takes at most 20 KB of the server', async () => {
  // The first ones pay for what all share, and those that have gone leave their memory to others: neither counts.
  const first = await openSockets(server, 100, 'first');
  const before = residentBytes(server.process.pid);
  const count = 1000;
  const open = await openSockets(server, count, 'idle');
  const each = (residentBytes(server.process.pid) - before) / count;
  console.log(`${(each / 1000).toFixed(1)} KB a socket`);
  // Less than a few KB would say that nothing was measured.
  assert.ok(each > 2000 && each <= 20000, `${each} bytes a socket`);
  for (const socket of [...first, ...open]) socket.close();
});

test('when everybody comes at once, each is told of each, and a reaction reaches all of them once', async () => {
  const count = 200;
  const meeting = await server.createMeeting();
  const open = await openSockets(server, count, 'member');
  const websocket = (what) => server.metric('kcs_http_events_total', `event="websocket_${what}"`);
  const before = { messages: await websocket('message'), writes: await websocket('write') };
  await inTurns(count, count, (i) => join(open[i], meeting));
  // Each its own `meeting-joined` and, all in all, each pair one `participant-joined`.
  const told = () => open.reduce((sum, socket) => sum + socket.received, 0);
  await eventually(() => told() === count + (count * (count - 1)) / 2, () => `${told()} messages`);
  // Each of these was a message, and those that waited for their socket left together.
  const messages = (await websocket('message')) - before.messages;
  const writes = (await websocket('write')) - before.writes;
  assert.ok(messages >= told() && writes > 0 && writes <= messages, `${messages} messages in ${writes} writes`);
  for (const socket of open) socket.received = 0;
  open[7].emit('send-reaction', { meetingId: meeting.id, reaction: 'hello' });
  await eventually(() => open.every((socket) => socket.received === 1), () => `${told()} of ${count} have it`);
  for (const socket of open) socket.close();
});
