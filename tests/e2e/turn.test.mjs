import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Stage, seeAndHear } from './support/meeting.mjs';
import { freePort } from './support/server.mjs';

const secret = 'shared-with-coturn';
let stage;
let coturn;
let directory;

before(async () => {
  const port = await freePort();
  directory = await mkdtemp(join(tmpdir(), 'coturn-'));
  coturn = spawn(
    '/usr/bin/turnserver',
    ['-n', '--use-auth-secret', `--static-auth-secret=${secret}`, '--realm=test', `--listening-port=${port}`,
      '--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', '--allow-loopback-peers', '--no-tls', '--no-dtls',
      '--no-cli', '--log-file=stdout', `--pidfile=${join(directory, 'pid')}`, `--db=${join(directory, 'turndb')}`],
    { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  coturn.stdout.on('data', (data) => (log += data));
  coturn.stderr.on('data', (data) => (log += data));
  const deadline = Date.now() + 10000;
  while (!/listener opened on|Listener address/i.test(log)) {
    if (Date.now() > deadline || coturn.exitCode !== null) throw new Error(`coturn does not start:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  stage = await Stage.set({ environment: { TURN_SERVER_HOST: `127.0.0.1:${port}`, TURN_SECRET: secret } });
});
after(async () => {
  await stage?.clear();
  coturn?.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

test('a real coturn accepts our credentials, and people meet through it', async () => {
  const meeting = await stage.server.createMeeting();
  const turnOf = async (name) => {
    const { body } = await stage.server.request('GET', `/api/meetings/${meeting.id}/webrtc-config`, {
      token: stage.server.token(name),
    });
    assert.equal(body.data.rtcpMuxPolicy, 'require');
    assert.equal(body.data.bundlePolicy, 'max-bundle');
    const turn = body.data.iceServers.find(({ username }) => username);
    assert.match(turn.username, new RegExp(`^\\d+:${name}$`));
    assert.equal(turn.credentialType, 'password');
    const hours = (Number(turn.username.split(':')[0]) - Date.now() / 1000) / 3600;
    assert.ok(hours > 23.9 && hours < 24.1);
    const { credentialType, ...server } = turn;
    return [{ ...server, urls: server.urls.filter((url) => url.includes('udp')) }];
  };
  const relayed = { iceTransportPolicy: 'relay' };
  const alice = await stage.enter('alice', meeting, { ...relayed, iceServers: await turnOf('alice') });
  const bob = await stage.enter('bob', meeting, { ...relayed, iceServers: await turnOf('bob') });
  await seeAndHear(bob, 'alice');
  await seeAndHear(alice, 'bob');
  const { local } = await bob.evaluate(() => window.client.selectedPair('recv'));
  assert.equal(local.candidateType, 'relay');
  await Promise.all([alice, bob].map((page) => page.browserContext().close()));
});
