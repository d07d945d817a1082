// A client for tests, with everything optional: made from window.setup, driven through window.client.
import * as mediasoupClient from 'mediasoup-client';
import { io } from 'socket.io-client';
import { LayerSwitch } from '../../../web/sdk/layer_switch.ts';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// A camera on something that moves and glitters: the browser's own fake is so plain that a good encoder makes little of
// it, whatever it may use.
function busyCamera(width, height, frameRate) {
  const [canvas, noise] = [0, 1].map(() => Object.assign(document.createElement('canvas'), { width, height }));
  const grain = noise.getContext('2d');
  for (let y = 0; y < height; y += 24) {
    for (let x = 0; x < width; x += 24) {
      grain.fillStyle = `hsl(${Math.random() * 360} 60% ${20 + Math.random() * 60}%)`;
      grain.fillRect(x, y, 24, 24);
    }
  }
  const picture = canvas.getContext('2d');
  let frame = 0;
  setInterval(() => {
    frame += 1;
    const x = (frame * 3) % width;
    picture.globalAlpha = 1;
    picture.drawImage(noise, x, 0);
    picture.drawImage(noise, x - width, 0);
    picture.globalAlpha = 0.06;
    picture.drawImage(noise, -Math.random() * width, -Math.random() * height, 2 * width, 2 * height);
  }, 1000 / frameRate);
  return canvas.captureStream(frameRate);
}

// A microphone that hears nothing, or something like speech: a tone that swells and fades four times a second.
class Voice {
  constructor() {
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { type: 'sawtooth', frequency: 160 });
    const syllables = new OscillatorNode(context, { frequency: 4 });
    const envelope = new GainNode(context, { gain: 0.5 });
    this.level = new GainNode(context, { gain: 0 });
    const out = new MediaStreamAudioDestinationNode(context);
    syllables.connect(new GainNode(context, { gain: 0.5 })).connect(envelope.gain);
    tone.connect(envelope).connect(this.level).connect(out);
    tone.start();
    syllables.start();
    this.stream = out.stream;
  }

  set speaks(yes) {
    this.level.gain.value = yes ? 0.3 : 0;
  }
}

class Client {
  constructor(setup) {
    this.setup = setup;
    this.events = []; // [name, payload, when]
    this.consumers = new Map(); // by id
    this.producers = new Map(); // by source
    this.socket = io(setup.url, { auth: { token: setup.token }, transports: setup.transports ?? ['websocket'] });
    this.socket.onAny((event, payload) => this.events.push([event, payload, performance.now()]));
    this.socket.on('connect_error', (error) => console.log('connect_error', error.message));
    this.socket.on('new-producer', (producer) => {
      if (producer.kind !== setup.ignores) this.consume(producer).catch((error) => console.log(String(error)));
    });
    this.socket.on('consumer-closed', ({ consumerId }) => {
      this.consumers.get(consumerId)?.consumer.close();
      this.consumers.delete(consumerId);
    });
  }

  count(event, matches = () => true) {
    return this.events.filter(([name, payload]) => name === event && matches(payload)).length;
  }

  async request(event, payload) {
    const answer = await this.socket.timeout(5000).emitWithAck(event, payload);
    if (!answer.ok) throw Object.assign(new Error(`${event}: ${answer.error.message}`), answer.error);
    return answer;
  }

  // The newest payload of an event.
  last(event, matches = () => true) {
    return this.events.findLast(([name, payload]) => name === event && matches(payload))?.[1];
  }

  // The code of the error that the request is answered with; null when it is not.
  async refused(event, payload) {
    try {
      await this.request(event, payload);
      return null;
    } catch (error) {
      return error.code;
    }
  }

  async load(rtpCapabilities) {
    this.device = new mediasoupClient.Device();
    await this.device.load({ routerRtpCapabilities: rtpCapabilities });
  }

  async join(options = {}) {
    const { meetingId } = this.setup;
    this.joined = await this.request('join-meeting', { meetingId, ...options });
    if (!this.device) await this.load(this.joined.rtpCapabilities);
    await this.createTransports();
    return this.joined;
  }

  async createTransports() {
    if (this.receive) return;
    this.receive = await this.createTransport('recv');
    this.send = await this.createTransport('send');
  }

  async createTransport(direction) {
    const { meetingId } = this.setup;
    const { params } = await this.request('create-transport', { meetingId, direction });
    if (this.setup.protocol) {
      params.iceCandidates = params.iceCandidates.filter(({ protocol }) => protocol === this.setup.protocol);
    }
    if (this.setup.relayPort) {
      // Through a relay of the test's own, which stands in for the network.
      params.iceCandidates = params.iceCandidates
        .filter(({ protocol }) => protocol === 'udp')
        .map((candidate) => ({ ...candidate, ip: '127.0.0.1', address: '127.0.0.1', port: this.setup.relayPort }));
    }
    const options = { ...params, iceServers: this.setup.iceServers, iceTransportPolicy: this.setup.iceTransportPolicy };
    const transport =
      direction === 'send' ? this.device.createSendTransport(options) : this.device.createRecvTransport(options);
    transport.on('connect', ({ dtlsParameters }, callback, errback) => {
      this.request('connect-transport', { transportId: transport.id, dtlsParameters }).then(callback, errback);
    });
    transport.on('produce', ({ kind, rtpParameters, appData }, callback, errback) => {
      this.request('produce', { meetingId, kind, rtpParameters, ...appData }).then(
        ({ producerId }) => callback({ id: producerId }),
        errback,
      );
    });
    return transport;
  }

  async produce(kind, { codec, encodings, source, width = 640, height = 480, frameRate = 30, busy, voice, degrades } = {}) {
    if (voice) this.voice = new Voice();
    const stream = voice
      ? this.voice.stream
      : busy
        ? busyCamera(width, height, frameRate)
        : await navigator.mediaDevices.getUserMedia(kind === 'audio' ? { audio: true } : { video: { width, height, frameRate } });
    const wanted =
      codec && this.device.rtpCapabilities.codecs.find((c) =>
        Object.entries(codec).every(([key, value]) =>
          key === 'mimeType' ? c.mimeType.toLowerCase() === value.toLowerCase() : c.parameters[key] === value));
    if (codec && !wanted) throw new Error(`this browser does not offer ${JSON.stringify(codec)}`);
    const producer = await this.send.produce({
      track: stream.getTracks()[0],
      codec: wanted,
      encodings,
      appData: { ...(source && { source }) },
      zeroRtpOnPause: false,
      disableTrackOnPause: false,
    });
    if (degrades) {
      const sender = producer.rtpSender;
      await sender.setParameters({ ...sender.getParameters(), degradationPreference: degrades });
      const set = sender.getParameters().degradationPreference;
      if (set !== degrades) throw new Error(`this browser does not know how to ${degrades}: ${set}`);
    }
    this.producers.set(source ?? kind, producer);
    if (this.setup.switchesLayers && kind === 'video') this.switchLayersOf(producer);
    return { id: producer.id, codecs: producer.rtpParameters.codecs.map((c) => c.mimeType) };
  }

  // As the SDK does it: encodes what somebody receives.
  switchLayersOf(producer) {
    const layers = new LayerSwitch(producer);
    const want = ({ producerId, maxSpatialLayer }) => producerId === producer.id && layers.want(maxSpatialLayer);
    const early = this.last('producer-layers-wanted', ({ producerId }) => producerId === producer.id);
    if (early) want(early);
    this.socket.on('producer-layers-wanted', want);
  }

  async consume({ participantId, producerId, kind }) {
    const { meetingId } = this.setup;
    while (!this.receive) await wait(5);
    const answer = await this.request('consume', {
      meetingId,
      ...(participantId !== null && { producerParticipantId: participantId }), // null: a speaker place
      producerId,
      kind,
      rtpCapabilities: this.device.rtpCapabilities,
    });
    const consumer = await this.receive.consume({ id: answer.id, producerId, kind, rtpParameters: answer.rtpParameters });
    const element = document.createElement(kind);
    element.autoplay = true;
    element.muted = kind === 'video';
    const state = { participantId, kind, consumer, element, frames: [] };
    this.consumers.set(answer.id, state);
    element.srcObject = new MediaStream([consumer.track]);
    document.body.append(element);
    if (kind === 'video' && element.requestVideoFrameCallback) {
      const note = () => {
        state.frames.push(performance.now());
        element.requestVideoFrameCallback(note);
      };
      element.requestVideoFrameCallback(note);
    }
    state.resumedAt = performance.now();
    await this.request('resume-consumer', { consumerId: answer.id });
  }

  of(participantId, kind) {
    return [...this.consumers.values()].find((c) => c.participantId === participantId && c.kind === kind);
  }

  // outbound-rtp of each encoding of a producer.
  async sent(kind) {
    const report = await this.producers.get(kind).getStats();
    return [...report.values()].filter(({ type }) => type === 'outbound-rtp');
  }

  // inbound-rtp of one consumer, or undefined before there is one.
  async stats(participantId, kind) {
    const found = this.of(participantId, kind);
    if (!found) return undefined;
    const reports = [...(await found.consumer.getStats()).values()];
    const rtp = reports.find((report) => report.type === 'inbound-rtp');
    return rtp && { ...rtp };
  }

  async plays(participantId, kind) {
    const stats = await this.stats(participantId, kind);
    if (!stats) return false;
    return kind === 'video' ? stats.framesDecoded > 10 : stats.totalAudioEnergy > 0;
  }

  // How many packets of the consumer arrive within `ms`.
  async packetsWithin(participantId, kind, ms) {
    const before = (await this.stats(participantId, kind)).packetsReceived;
    await wait(ms);
    return (await this.stats(participantId, kind)).packetsReceived - before;
  }

  // Waits until no packet of the consumer has come for a second; after how many ms the last one did.
  async lastPacketAfter(participantId, kind, timeout) {
    const start = performance.now();
    let last = { packets: 0, at: start };
    while (performance.now() - last.at < 1000) {
      if (performance.now() - start > timeout) throw new Error(`${kind} of ${participantId} does not cease`);
      const packets = (await this.stats(participantId, kind)).packetsReceived;
      if (packets !== last.packets) last = { packets, at: performance.now() };
      await wait(20);
    }
    return last.at - start;
  }

  async outbound(source) {
    const reports = [...(await this.producers.get(source).getStats()).values()];
    return reports.filter((report) => report.type === 'outbound-rtp').map((report) => ({ ...report }));
  }

  async selectedPair(direction) {
    const reports = await (direction === 'send' ? this.send : this.receive).getStats();
    const all = [...reports.values()];
    const transport = all.find((r) => r.type === 'transport');
    const pair = transport?.selectedCandidatePairId
      ? reports.get(transport.selectedCandidatePairId)
      : all.find((r) => r.type === 'candidate-pair' && r.nominated && r.state === 'succeeded');
    if (!pair) return undefined;
    return { pair: { ...pair }, local: { ...reports.get(pair.localCandidateId) }, remote: { ...reports.get(pair.remoteCandidateId) } };
  }

  async restartIce(direction) {
    const transport = direction === 'send' ? this.send : this.receive;
    const { iceParameters } = await this.request('restart-ice', { transportId: transport.id });
    await transport.restartIce({ iceParameters });
    return iceParameters.usernameFragment;
  }
}

window.client = new Client(window.setup);
