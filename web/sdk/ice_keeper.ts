import type { types } from 'mediasoup-client';

/** How long a path may be silent before it is replaced: a short Wi-Fi gap mends itself. */
const DISCONNECTED_PATIENCE_MS = 2_000;
const ATTEMPT_TIMEOUT_MS = 7_000;
const MAX_ATTEMPTS = 3;

/** Brings a transport back when its path breaks, by restarting ICE; gives up after a few attempts. */
export class IceKeeper {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;

  constructor(
    private readonly transport: types.Transport,
    private readonly fetchParameters: () => Promise<types.IceParameters>,
    private readonly onGiveUp: () => void,
  ) {
    transport.on('connectionstatechange', (state) => this.onState(state));
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private onState(state: types.ConnectionState): void {
    if (state === 'connected' || state === 'closed') {
      this.attempts = 0;
      this.stop();
    } else if (state === 'disconnected') {
      this.restartIn(DISCONNECTED_PATIENCE_MS);
    } else if (state === 'failed') {
      this.restartIn(0);
    }
  }

  private restartIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.restart(), ms);
  }

  private async restart(): Promise<void> {
    if (this.transport.closed) return;
    if (this.attempts++ === MAX_ATTEMPTS) return this.onGiveUp();
    this.restartIn(ATTEMPT_TIMEOUT_MS);
    try {
      const iceParameters = await this.fetchParameters();
      if (!this.transport.closed) await this.transport.restartIce({ iceParameters });
    } catch {
      // The timer set above tries again; without a socket the coming re-join replaces this transport.
    }
  }
}
