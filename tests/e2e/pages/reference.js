// The "Complete Meeting Join Flow" of the reference document, statement by statement. Around it stand only the values it
// expects from its application (above the line) and a window for the test to look in (below the second line).
import * as mediasoupClient from 'mediasoup-client';
import { io } from 'socket.io-client';

const { url, jwtToken, meetingId, meetingData, password, others } = window.setup;
for (const id of others) {
  const video = document.createElement('video');
  video.id = `participant-${id}`;
  video.autoplay = true;
  video.muted = true;
  video.requestVideoFrameCallback(() => (window.seen.firstFrame[id] = performance.now()));
  document.body.append(video);
}
window.seen = { events: [], firstFrame: {}, resumed: {} };

// The reference counts on people: until they have allowed the camera, the server has long answered. A simulated camera
// is there at once, so it waits for that.
const allow = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (constraints) => {
  const answered = () => window.seen.events.filter(([event]) => event === 'transport-created').length === 2;
  while (!answered()) await new Promise((resolve) => setTimeout(resolve, 10));
  return allow(constraints);
};

// ----------------------------------------------------------------------------------------------------------------

// 1. Connect to WebSocket
const socket = io(url, {
  auth: { token: jwtToken },
  transports: ['websocket'],
});
socket.onAny((event, payload) => window.seen.events.push([event, payload]));
socket.onAnyOutgoing((event, payload) => {
  if (event === 'resume-consumer') window.seen.resumed[payload.consumerId] = performance.now();
});

// 2. Initialize MediaSoup Device
const device = new mediasoupClient.Device();

// 3. Get router RTP capabilities (from server or meeting config)
const routerRtpCapabilities = meetingData.webrtc_config.rtpCapabilities;
await device.load({ routerRtpCapabilities });

// 4. Create Send Transport
let sendTransport;
socket.emit('create-transport', {
  meetingId: meetingId,
  direction: 'send',
});

socket.on('transport-created', async ({ direction, params }) => {
  if (direction === 'send') {
    sendTransport = device.createSendTransport(params);

    // Handle connection
    sendTransport.on('connect', ({ dtlsParameters }, callback, errback) => {
      socket.emit('connect-transport', {
        transportId: params.id,
        dtlsParameters,
      });
      socket.once('transport-connected', callback);
    });

    // Handle production
    sendTransport.on('produce', async ({ kind, rtpParameters }, callback, errback) => {
      socket.emit('produce', {
        meetingId,
        kind,
        rtpParameters,
      });

      socket.once('produced', ({ producerId }) => {
        callback({ id: producerId });
      });
    });
  }
});

// 5. Create Receive Transport
let recvTransport;
socket.emit('create-transport', {
  meetingId: meetingId,
  direction: 'recv',
});

socket.on('transport-created', async ({ direction, params }) => {
  if (direction === 'recv') {
    recvTransport = device.createRecvTransport(params);

    recvTransport.on('connect', ({ dtlsParameters }, callback, errback) => {
      socket.emit('connect-transport', {
        transportId: params.id,
        dtlsParameters,
      });
      socket.once('transport-connected', callback);
    });
  }
});

// 6. Start producing media (audio/video)
const stream = await navigator.mediaDevices.getUserMedia({
  audio: true,
  video: {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30 },
  },
});

const audioTrack = stream.getAudioTracks()[0];
const videoTrack = stream.getVideoTracks()[0];

const audioProducer = await sendTransport.produce({ track: audioTrack });
const videoProducer = await sendTransport.produce({ track: videoTrack });

// 7. Consume media from other participants
socket.on('new-producer', async ({ participantId, producerId, kind }) => {
  socket.emit('consume', {
    meetingId,
    producerParticipantId: participantId,
    kind,
    rtpCapabilities: device.rtpCapabilities,
  });
});

socket.on('consumed', async ({ id, producerId, kind, rtpParameters, producerParticipantId }) => {
  const consumer = await recvTransport.consume({
    id,
    producerId,
    kind,
    rtpParameters,
  });

  // Resume to start receiving
  socket.emit('resume-consumer', { consumerId: id });

  // Render to DOM
  const videoElement = document.getElementById(`participant-${producerParticipantId}`);
  if (kind === 'video') {
    videoElement.srcObject = new MediaStream([consumer.track]);
  } else {
    // Handle audio
    const audioElement = new Audio();
    audioElement.srcObject = new MediaStream([consumer.track]);
    audioElement.play();
  }
});

// 8. Join meeting room via WebSocket
socket.emit('join-meeting', {
  meetingId: meetingId,
  meeting_password: password, // if required
});

socket.on('meeting-joined', (data) => {
  console.log('Successfully joined meeting:', data);
});

// ----------------------------------------------------------------------------------------------------------------

window.received = async () => {
  const reports = recvTransport ? [...(await recvTransport.getStats()).values()] : [];
  return reports
    .filter((report) => report.type === 'inbound-rtp' && report.mid !== 'probator')
    .map(({ kind, packetsReceived, framesDecoded, totalAudioEnergy, totalSamplesReceived }) => ({
      kind,
      packetsReceived,
      framesDecoded,
      totalAudioEnergy,
      totalSamplesReceived,
    }));
};
window.producers = { audio: audioProducer.id, video: videoProducer.id };
