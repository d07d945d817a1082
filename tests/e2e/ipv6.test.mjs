import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { Stage, seeAndHear } from './support/meeting.mjs';

let stage;
before(
  async () =>
    (stage = await Stage.set({
      environment: { MEDIASOUP_LISTEN_IP: '::1', MEDIASOUP_ANNOUNCED_IP: '::1' },
    })),
);
after(() => stage?.clear());

// Some containers have no IPv6 at all.
const available = Object.values(networkInterfaces()).flat().some(({ address }) => address === '::1');

for (const protocol of available ? ['udp', 'tcp'] : []) {
  test(`people meet over IPv6 and ${protocol.toUpperCase()}`, async () => {
    const meeting = await stage.server.createMeeting();
    const alice = await stage.enter('alice', meeting, { protocol });
    const bob = await stage.enter('bob', meeting, { protocol });
    await seeAndHear(alice, 'bob');
    await seeAndHear(bob, 'alice');
    const { remote } = await bob.evaluate(() => window.client.selectedPair('recv'));
    assert.deepEqual([remote.address, remote.protocol], ['::1', protocol]);
    await Promise.all([alice, bob].map((page) => page.browserContext().close()));
  });
}
