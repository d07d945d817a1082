import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stage, plays } from './support/meeting.mjs';

let stage;
before(async () => (stage = await Stage.set()));
after(() => stage?.clear());

const cases = {
  'VP8': { codec: { mimeType: 'video/VP8' } },
  'VP8 simulcast': {
    codec: { mimeType: 'video/VP8' },
    encodings: [{ maxBitrate: 150000, scaleResolutionDownBy: 4 }, { maxBitrate: 400000, scaleResolutionDownBy: 2 }, { maxBitrate: 900000 }],
  },
  'VP9 profile 0': { codec: { mimeType: 'video/VP9', 'profile-id': 0 } },
  'VP9 profile 2': { codec: { mimeType: 'video/VP9', 'profile-id': 2 } },
  'VP9 L3T3_KEY': { codec: { mimeType: 'video/VP9', 'profile-id': 0 }, encodings: [{ scalabilityMode: 'L3T3_KEY' }] },
  'H.264 constrained baseline': { codec: { mimeType: 'video/H264', 'profile-level-id': '42e01f', 'packetization-mode': 1 } },
  'H.264 packetization mode 0': { codec: { mimeType: 'video/H264', 'profile-level-id': '42e01f', 'packetization-mode': 0 } },
  'H.264 baseline': { codec: { mimeType: 'video/H264', 'profile-level-id': '42001f', 'packetization-mode': 1 } },
  'H.264 main': { codec: { mimeType: 'video/H264', 'profile-level-id': '4d001f', 'packetization-mode': 1 } },
  'AV1': { codec: { mimeType: 'video/AV1' } },
  'AV1 L2T2': { codec: { mimeType: 'video/AV1' }, encodings: [{ scalabilityMode: 'L2T2' }] },
};

for (const [name, video] of Object.entries(cases)) {
  test(`${name} is decoded at the other end`, async () => {
    const meeting = await stage.server.createMeeting();
    const sender = await stage.enter('sender', meeting, { video, audio: false });
    const receiver = await stage.enter('receiver', meeting, { audio: false, video: false });
    await plays(receiver, 'sender', 'video', 20000);
    const { mimeType } = await receiver.evaluate(async () => {
      const { rtpParameters } = window.client.of('sender', 'video').consumer;
      return { mimeType: rtpParameters.codecs[0].mimeType };
    });
    assert.equal(mimeType.toLowerCase(), video.codec.mimeType.toLowerCase());
    await Promise.all([sender, receiver].map((page) => page.browserContext().close()));
  });
}
