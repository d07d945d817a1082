// The real mediasoup-client on both sides of our negotiation, with the capabilities that Chromium 156 and Firefox 153
// gave it (samples/, captured with its own handlers).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { Device } from 'mediasoup-client';
import { FakeHandler } from 'mediasoup-client/handlers/FakeHandler';
import * as fakeParameters from 'mediasoup-client/fakeParameters';
import * as ortc from 'mediasoup-client/ortc';
import { FakeMediaStreamTrack } from 'fake-mediastreamtrack';

const here = (path) => new URL(path, import.meta.url);
const sample = (name) => JSON.parse(readFileSync(here(`samples/${name}.json`), 'utf8'));
const chromium = sample('chromium-156');
const firefox = sample('firefox-153');

const build = process.env.KCS_BUILD_DIR ?? here('../../../build/release').pathname;
let tool;
let answers;
let router;

async function ask(request) {
  tool.stdin.write(`${JSON.stringify(request)}\n`);
  return JSON.parse((await answers.next()).value);
}

before(async () => {
  tool = spawn(`${build}/tests/conformance/ortc/ortc_tool`, { stdio: ['pipe', 'pipe', 'inherit'] });
  answers = createInterface({ input: tool.stdout })[Symbol.asyncIterator]();
  router = await ask({ op: 'router' });
});
after(() => tool.stdin.end());

// A device of one browser, loaded with our capabilities.
async function load(browser) {
  const generateNativeRtpCapabilities = () => structuredClone(browser.sendonly);
  const device = await Device.factory({
    handlerFactory: {
      ...FakeHandler.createFactory({ ...fakeParameters, generateNativeRtpCapabilities }),
      getNativeRtpCapabilities: async ({ direction }) => structuredClone(browser[direction]),
    },
  });
  await device.load({ routerRtpCapabilities: structuredClone(router) });
  return device;
}

function transports(device) {
  const remote = {
    id: 't',
    iceParameters: { usernameFragment: 'u'.repeat(32), password: 'p'.repeat(32), iceLite: true },
    iceCandidates: [],
    dtlsParameters: { role: 'auto', fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }] },
  };
  const send = device.createSendTransport(structuredClone(remote));
  const recv = device.createRecvTransport(structuredClone(remote));
  const sent = [];
  for (const transport of [send, recv]) transport.on('connect', (_, done) => done());
  send.on('produce', ({ rtpParameters }, done) => {
    sent.push(JSON.parse(JSON.stringify(rtpParameters))); // as it travels
    done({ id: `producer-${sent.length}` });
  });
  return { send, recv, sent };
}

const isMedia = (codec) => !/\/(rtx|red)$/i.test(codec.mimeType);
const label = (codec) => `${codec.mimeType} ${JSON.stringify(codec.parameters)}`;

async function produceAndConsume(sender, receiver, codec, encodings) {
  const from = transports(sender);
  const to = transports(receiver);
  const kind = codec.mimeType.split('/')[0].toLowerCase();
  await from.send.produce({ track: new FakeMediaStreamTrack({ kind }), codec, encodings });
  const answer = await ask({
    op: 'consume', kind, rtpParameters: from.sent[0], mid: '0', ssrc: 5000,
    rtpCapabilities: JSON.parse(JSON.stringify(receiver.rtpCapabilities)),
  });
  if (answer.error) return answer;
  const consumer = await to.recv.consume({
    id: 'consumer', producerId: 'producer-1', kind, rtpParameters: structuredClone(answer.rtpParameters),
  });
  return { sent: from.sent[0], given: answer.rtpParameters, taken: consumer.rtpParameters };
}

test('our capabilities are valid to mediasoup-client, and complete: nothing has to be filled in', () => {
  const normalized = structuredClone(router);
  ortc.validateAndNormalizeRtpCapabilities(normalized);
  assert.deepEqual(normalized, router);
});

for (const [name, browser] of [['Chromium', chromium], ['Firefox', firefox]]) {
  test(`${name} can send and receive both kinds`, async () => {
    const device = await load(browser);
    assert.ok(device.canProduce('audio') && device.canProduce('video'));
    for (const codec of ['audio/opus', 'video/VP8', 'video/VP9', 'video/AV1', 'video/rtx']) {
      assert.ok(device.rtpCapabilities.codecs.some((c) => c.mimeType === codec), codec);
    }
  });

  test(`${name} sends to itself every codec that it has in common with us`, async () => {
    const device = await load(browser);
    const codecs = device.sendRtpCapabilities.codecs.filter(isMedia);
    assert.ok(codecs.length >= (browser === chromium ? 10 : 4), `only ${codecs.length}`);
    for (const codec of codecs) {
      const { error, sent, given, taken } = await produceAndConsume(device, device, structuredClone(codec));
      assert.equal(error, undefined, label(codec));
      assert.equal(given.codecs[0].mimeType.toLowerCase(), codec.mimeType.toLowerCase());
      const inRouter = router.codecs.find((c) => c.preferredPayloadType === given.codecs[0].payloadType);
      assert.equal(inRouter.mimeType.toLowerCase(), codec.mimeType.toLowerCase());
      const video = codec.mimeType.startsWith('video/');
      assert.deepEqual(given.codecs.map((c) => /rtx$/.test(c.mimeType)), video ? [false, true] : [false]);
      assert.deepEqual(given.encodings[0].rtx, video ? { ssrc: 5001 } : undefined);
      assert.equal(given.rtcp.cname, sent.rtcp.cname);
      assert.deepEqual(taken.codecs, given.codecs);
    }
  });
}

test('Chromium and Firefox understand each other in Opus, VP8, VP9 and AV1', async () => {
  const devices = [await load(chromium), await load(firefox)];
  for (const [from, to] of [devices, [...devices].reverse()]) {
    for (const mimeType of ['audio/opus', 'video/VP8', 'video/VP9', 'video/AV1']) {
      const codec = from.sendRtpCapabilities.codecs.find((c) => c.mimeType === mimeType);
      const { error, taken } = await produceAndConsume(from, to, structuredClone(codec));
      assert.equal(error, undefined, mimeType);
      assert.equal(taken.codecs[0].mimeType, mimeType);
    }
  }
});

test('who sends H.264 to a receiver without it is told so', async () => {
  const [from, to] = [await load(chromium), await load(firefox)];
  const h264 = from.sendRtpCapabilities.codecs.find((c) => c.mimeType === 'video/H264');
  const { error } = await produceAndConsume(from, to, structuredClone(h264));
  assert.match(error, /none of the sender's codecs/);
});

test('a simulcast sender is one stream of three layers to a receiver', async () => {
  const device = await load(chromium);
  const vp8 = device.sendRtpCapabilities.codecs.find((c) => c.mimeType === 'video/VP8');
  const encodings = [1e5, 3e5, 9e5].map((maxBitrate) => ({ maxBitrate, scalabilityMode: 'L1T3' }));
  const { given } = await produceAndConsume(device, device, structuredClone(vp8), encodings);
  assert.deepEqual(given.encodings, [
    { ssrc: 5000, rtx: { ssrc: 5001 }, scalabilityMode: 'L3T3', maxBitrate: 9e5 },
  ]);
});

test('no payload type is the one that mediasoup-client keeps for its probator', async () => {
  const device = await load(chromium);
  const vp8 = device.sendRtpCapabilities.codecs.find((c) => c.mimeType === 'video/VP8');
  const { given } = await produceAndConsume(device, device, structuredClone(vp8));
  const probator = ortc.generateProbatorRtpParameters(structuredClone(given));
  const { payloadType } = probator.codecs[0];
  assert.ok(!router.codecs.some((c) => c.preferredPayloadType === payloadType));
});

test('RED comes to Chromium with the Opus inside it', async () => {
  const device = await load(chromium);
  // mediasoup-client itself offers one codec per stream; a client that sends RED adds the Opus that it refers to.
  const rtpParameters = {
    mid: '0',
    codecs: [
      { mimeType: 'audio/red', payloadType: 63, clockRate: 48000, channels: 2, parameters: { '111/111': '' } },
      { mimeType: 'audio/opus', payloadType: 111, clockRate: 48000, channels: 2, parameters: { useinbandfec: 1 } },
    ],
    encodings: [{ ssrc: 1 }],
  };
  const request = { op: 'consume', kind: 'audio', rtpParameters, mid: '0', ssrc: 5000 };
  const { rtpParameters: given } = await ask({ ...request, rtpCapabilities: device.rtpCapabilities });
  assert.deepEqual(given.codecs.map((c) => c.mimeType), ['audio/red', 'audio/opus']);
  // Written to SDP by mediasoup-client this is "a=fmtp:101 =100/100", which Chromium reads as 100/100.
  assert.deepEqual(given.codecs[0].parameters, { '': `${given.codecs[1].payloadType}/${given.codecs[1].payloadType}` });
  assert.ok(ortc.canReceive(structuredClone(given), device.rtpCapabilities));

  const { error } = await ask({ ...request, rtpCapabilities: (await load(firefox)).rtpCapabilities });
  assert.match(error, /none of the sender's codecs/);
});
