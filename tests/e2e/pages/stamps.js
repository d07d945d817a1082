// Each encoded frame carries the time at which it was sent, so that the receiver's page knows how long it was under way:
// to the jitter buffer, not through it.
const mark = 0x6b637374;
const size = 12;

const now = () => performance.timeOrigin + performance.now();

function eachFrame({ readable, writable }, change) {
  const transform = (frame, controller) => {
    change(frame);
    controller.enqueue(frame);
  };
  readable.pipeThrough(new TransformStream({ transform })).pipeTo(writable).catch(() => {}); // until it is closed
}

export function stamp(rtpSender) {
  eachFrame(rtpSender.createEncodedStreams(), (frame) => {
    const length = frame.data.byteLength;
    const data = new Uint8Array(length + size);
    data.set(new Uint8Array(frame.data));
    const view = new DataView(data.buffer, length);
    view.setUint32(0, mark);
    view.setFloat64(4, now());
    frame.data = data.buffer;
  });
}

// Calls `arrived` with the milliseconds of each frame.
export function unstamp(rtpReceiver, arrived) {
  eachFrame(rtpReceiver.createEncodedStreams(), (frame) => {
    const length = frame.data.byteLength - size;
    if (length < 0) return;
    const view = new DataView(frame.data, length);
    if (view.getUint32(0) !== mark) return;
    arrived(now() - view.getFloat64(4));
    frame.data = frame.data.slice(0, length);
  });
}
