import type { types } from 'mediasoup-client';
import { MeetingError } from './errors';
import type { MediaSession, PublishOptions } from './media_session';
import type { MediaSource } from './protocol';
import type { Signaling } from './signaling';

/** What this participant sends from one source. With a null track it is kept ready, but nothing is captured. */
export interface LocalMedia {
  readonly source: MediaSource;
  readonly track: MediaStreamTrack | null;
  readonly paused: boolean;
  /** How well it reaches the server, 0 to 10; null until the server has said so. */
  readonly score: number | null;
}

interface Publication {
  track: MediaStreamTrack | null;
  paused: boolean;
  readonly options: PublishOptions;
  producer: types.Producer | null;
  score: number | null;
}

/**
 * Remembers what should be sent, whatever happens to the transports: a new media session gets all of it again.
 * Operations on one source run one after another.
 */
export class LocalPublisher {
  private readonly publications = new Map<MediaSource, Publication>();
  private readonly queues = new Map<MediaSource, Promise<unknown>>();
  private session: MediaSession | null = null;

  constructor(
    private readonly signaling: () => Signaling | null,
    private readonly onChange: () => void,
    private readonly onEnded: (source: MediaSource) => void,
  ) {}

  snapshot(): Partial<Record<MediaSource, LocalMedia>> {
    const media: Partial<Record<MediaSource, LocalMedia>> = {};
    for (const [source, { track, paused, score }] of this.publications)
      media[source] = { source, track, paused, score };
    return media;
  }

  /** Sends everything over this session from now on; null while there is none. Resolves with what could not be sent. */
  async attach(session: MediaSession | null): Promise<MeetingError[]> {
    this.session = session;
    for (const publication of this.publications.values())
      Object.assign(publication, { producer: null, score: null });
    if (!session) return [];
    const sources = [...this.publications.keys()];
    const results = await Promise.allSettled(
      sources.map((source) => this.inOrder(source, () => this.produce(source))),
    );
    return results
      .filter((result) => result.status === 'rejected')
      .map(({ reason }) => MeetingError.from(reason));
  }

  publish(track: MediaStreamTrack, options: PublishOptions): Promise<void> {
    const { source } = options;
    return this.inOrder(source, async () => {
      await this.closeProducer(source);
      const { paused = false } = options;
      this.publications.set(source, { track, paused, options, producer: null, score: null });
      this.onChange();
      try {
        await this.produce(source);
      } catch (error) {
        this.publications.delete(source);
        this.onChange();
        throw MeetingError.from(error);
      }
    });
  }

  unpublish(source: MediaSource): Promise<void> {
    return this.inOrder(source, async () => {
      const closing = this.closeProducer(source);
      this.publications.delete(source);
      this.onChange();
      await closing;
    });
  }

  setPaused(source: MediaSource, paused: boolean): Promise<void> {
    return this.inOrder(source, async () => {
      const publication = this.publications.get(source);
      if (!publication || publication.paused === paused) return;
      publication.paused = paused;
      const { producer } = publication;
      if (paused) producer?.pause();
      else producer?.resume();
      this.onChange();
      if (producer) await this.tell(paused ? 'pause-producer' : 'resume-producer', producer.id);
    });
  }

  setScore(producerId: string, score: number): void {
    for (const publication of this.publications.values()) {
      if (publication.producer?.id !== producerId) continue;
      publication.score = score;
      this.onChange();
    }
  }

  /** Changes the device behind a source; null stops capturing without ending the stream. Old tracks are the caller's to stop. */
  replaceTrack(source: MediaSource, track: MediaStreamTrack | null): Promise<void> {
    return this.inOrder(source, async () => {
      const publication = this.publications.get(source);
      if (!publication) throw new MeetingError('invalid-state', `${source} is not published`);
      publication.track = track;
      this.onChange();
      if (publication.producer) await publication.producer.replaceTrack({ track });
      else await this.produce(source);
    });
  }

  private async produce(source: MediaSource): Promise<void> {
    const { session } = this;
    const publication = this.publications.get(source);
    if (!session || !publication?.track || publication.producer || publication.track.readyState === 'ended')
      return;
    const producer = await session.publish(publication.track, {
      ...publication.options,
      paused: publication.paused,
    });
    if (this.session !== session) return producer.close();
    publication.producer = producer;
    producer.on('trackended', () => this.onEnded(source));
  }

  private async closeProducer(source: MediaSource): Promise<void> {
    const producer = this.publications.get(source)?.producer;
    if (!producer) return;
    producer.close();
    await this.tell('close-producer', producer.id);
  }

  /** A lost socket is no failure here: the re-join sends the state as it is then. */
  private async tell(
    event: 'pause-producer' | 'resume-producer' | 'close-producer',
    producerId: string,
  ): Promise<void> {
    try {
      await this.signaling()?.request(event, { producerId });
    } catch (error) {
      if (!(error instanceof MeetingError && error.code === 'disconnected')) throw error;
    }
  }

  private inOrder<T>(source: MediaSource, run: () => Promise<T>): Promise<T> {
    const result = (this.queues.get(source) ?? Promise.resolve()).then(run);
    this.queues.set(
      source,
      result.catch(() => {}),
    );
    return result;
  }
}
