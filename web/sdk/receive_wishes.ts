import { MeetingError } from './errors';
import type { PreferredLayers, RequestName, Requests, Viewport } from './protocol';

/** Changes that come together go together. */
const BATCH_MS = 30;
/** About four reports a second, however fast the page moves. */
const INTERVAL_MS = 250;
/** When the server could not listen just then. */
const RETRY_MS = 1_000;
/** The largest picture the contract knows. */
const MAX_PIXELS = 16_384;

/** How wishes reach the server: by consumer, which is another one in each media session. */
export interface WishChannel {
  consumerOf(producerId: string): string | undefined;
  request<Name extends RequestName>(name: Name, payload: Requests[Name]['sends']): Promise<unknown>;
}

/**
 * What is wanted of the streams of others: how large they are shown, how much of them, how important they are. Outlives
 * media sessions: a new consumer of the same stream gets the same wishes.
 */
export class ReceiveWishes {
  private readonly viewports = new Map<string, Viewport>();
  private readonly preferred = new Map<string, PreferredLayers>();
  private readonly priorities = new Map<string, number>();
  /** What the server knows, by consumer. */
  private readonly told = new Map<string, Viewport>();
  private readonly stale = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private nextReport = -Infinity;

  constructor(private readonly channel: WishChannel) {}

  setViewport(producerId: string, { width, height, visible }: Viewport): void {
    this.viewports.set(producerId, { width: pixels(width), height: pixels(height), visible });
    this.report(producerId);
  }

  async setPreferredLayers(producerId: string, layers: PreferredLayers): Promise<void> {
    this.preferred.set(producerId, layers);
    const consumerId = this.channel.consumerOf(producerId);
    if (consumerId) await this.channel.request('set-preferred-layers', { consumerId, ...layers });
  }

  async setPriority(producerId: string, priority: number): Promise<void> {
    this.priorities.set(producerId, priority);
    const consumerId = this.channel.consumerOf(producerId);
    if (consumerId) await this.channel.request('set-consumer-priority', { consumerId, priority });
  }

  /** A stream has a consumer (again): the server hears what was wished of it before. */
  consumerReady(producerId: string, consumerId: string): void {
    const layers = this.preferred.get(producerId);
    const priority = this.priorities.get(producerId);
    // What cannot be told now is told with the next consumer.
    if (layers) void this.tell('set-preferred-layers', { consumerId, ...layers });
    if (priority !== undefined) void this.tell('set-consumer-priority', { consumerId, priority });
    this.report(producerId);
  }

  forget(producerId: string, consumerId: string | undefined): void {
    for (const wishes of [this.viewports, this.preferred, this.priorities]) wishes.delete(producerId);
    this.stale.delete(producerId);
    if (consumerId) this.told.delete(consumerId);
  }

  /** The consumers are gone, the wishes stay. */
  reset(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.told.clear();
    this.stale.clear();
  }

  private report(producerId: string): void {
    if (!this.viewports.has(producerId)) return;
    this.stale.add(producerId);
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => this.flush(), Math.max(BATCH_MS, this.nextReport - Date.now()));
  }

  private flush(): void {
    this.timer = undefined;
    // What has no consumer yet is reported when it gets one.
    const changes = [...this.stale].flatMap((producerId) => {
      const consumerId = this.channel.consumerOf(producerId);
      const viewport = this.viewports.get(producerId);
      const news = consumerId && viewport && !same(viewport, this.told.get(consumerId));
      return news ? [{ producerId, consumerId, viewport }] : [];
    });
    this.stale.clear();
    if (changes.length === 0) return;
    this.nextReport = Date.now() + INTERVAL_MS;
    for (const { consumerId, viewport } of changes) this.told.set(consumerId, viewport);
    const consumers = changes.map(({ consumerId, viewport }) => ({ consumerId, ...viewport }));
    void this.tell('set-viewport', { consumers }).then((heard) => {
      if (!heard) this.sayAgain(changes);
    });
  }

  /** A picture must not stay away because one report got lost. */
  private sayAgain(changes: ReadonlyArray<{ producerId: string; consumerId: string }>): void {
    this.nextReport = Date.now() + RETRY_MS;
    for (const { producerId, consumerId } of changes) {
      // Otherwise it is the report of a former session, or gone.
      if (this.told.delete(consumerId)) this.stale.add(producerId);
    }
    if (this.stale.size > 0) this.schedule();
  }

  /** False when it is worth another attempt. */
  private async tell<Name extends RequestName>(
    name: Name,
    payload: Requests[Name]['sends'],
  ): Promise<boolean> {
    try {
      await this.channel.request(name, payload);
      return true;
    } catch (error) {
      const { code } = MeetingError.from(error);
      return code !== 'timeout' && code !== 'rate-limited' && code !== 'unavailable';
    }
  }
}

function pixels(length: number): number {
  return Math.min(MAX_PIXELS, Math.max(0, Math.round(length)));
}

function same(a: Viewport, b: Viewport | undefined): boolean {
  return b !== undefined && a.width === b.width && a.height === b.height && a.visible === b.visible;
}
