// What a link did, and what the server thought of it, sampled all the time: the story of a test that fails.
const interval = 200; // ms

const kbps = (bps) => `${Math.round((bps ?? 0) / 1000)} kbit/s`;

export class Timeline {
  #lines = []; // [when (performance.now()), what]
  #relay;
  #read;
  #timer; // null: at an end
  #last = { at: performance.now(), bytes: 0, overflowed: 0 };

  // `sender` and `receiver`: participants of a meeting; the receiver's link is the relay's way down.
  constructor(server, meeting, { sender, receiver, relay }) {
    const token = server.token('host');
    this.#relay = relay;
    this.#read = async () => {
      const { body } = await server.request('GET', `/api/meetings/${meeting.id}/stats`, { token });
      const of = (name) => body.data.participantStats.find(({ participantId }) => participantId === name);
      const [from, to] = [of(sender), of(receiver)];
      const estimate = Math.max(...to.transports.map((transport) => transport.availableOutgoingBitrate ?? 0));
      const made = from.producers.map(({ bitrate }) => kbps(bitrate)).join(' + ');
      const got = to.consumers.map((c) => `S${c.spatialLayer ?? '-'}T${c.temporalLayer ?? '-'} ${c.reason ?? ''}`);
      return `made ${made}, estimate ${kbps(estimate)}, sent ${got.join(', ')}`;
    };
    this.#sample();
  }

  async #sample() {
    const { bytes, overflowed, queue } = this.#relay.down;
    const last = this.#last;
    const at = performance.now();
    this.#last = { at, bytes, overflowed };
    const letIn = kbps((8000 * (bytes - last.bytes)) / (at - last.at));
    const link = `link ${letIn}, queue ${Math.round(queue)} ms, ${overflowed - last.overflowed} too many`;
    const server = await this.#read().catch(String);
    this.#lines.push([at, `${link}; ${server}`]);
    if (this.#timer !== null) this.#timer = setTimeout(() => this.#sample(), Math.max(0, at + interval - performance.now()));
  }

  end() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  // From a second before `begin` (as performance.now() says) on.
  since(begin) {
    const told = this.#lines.filter(([at]) => at >= begin - 1000);
    return told.map(([at, what]) => `${((at - begin) / 1000).toFixed(1).padStart(6)} s: ${what}`).join('\n');
  }
}
