import { MeetingError } from './errors';
import type { RequestName, Requests, ServerEventName, ServerEvents } from './protocol';

/** Socket.IO types its listeners with `any`; everything above this file is typed by the wire contract. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Listener = (...args: any[]) => void;

/** The part of socket.io-client's Socket that is used here, so that tests can bring their own. */
export interface SocketLike {
  readonly connected: boolean;
  on(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
  timeout(ms: number): {
    emit(event: string, payload: unknown, ack: (error: Error | null, reply?: unknown) => void): unknown;
  };
  connect(): unknown;
  disconnect(): unknown;
}

type Reply = { ok: true } | { ok: false; error: unknown };

/** Requests with acknowledgements and typed events over one socket. Knows nothing about meetings. */
export class Signaling {
  constructor(
    private readonly socket: SocketLike,
    private readonly timeoutMs = 10_000,
  ) {}

  get connected(): boolean {
    return this.socket.connected;
  }

  /** Resolves at the first connection; rejects when the server refuses it or cannot be reached. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (then: () => void) => {
        this.socket.off('connect', onConnect);
        this.socket.off('connect_error', onError);
        then();
      };
      const onConnect = () => settle(resolve);
      const onError = (error: Error) =>
        settle(() => {
          this.socket.disconnect();
          reject(connectError(error));
        });
      this.socket.on('connect', onConnect);
      this.socket.on('connect_error', onError);
      this.socket.connect();
    });
  }

  /** Connects anew, also when the server hung up (which Socket.IO takes for final). */
  reopen(): void {
    this.socket.disconnect();
    this.socket.connect();
  }

  close(): void {
    this.socket.disconnect();
  }

  request<Name extends RequestName>(
    name: Name,
    payload: Requests[Name]['sends'],
  ): Promise<Requests[Name]['gets']> {
    // Socket.IO would keep the packet and send it to the next connection, where its ids mean nothing.
    if (!this.socket.connected) return Promise.reject(new MeetingError('disconnected'));
    return new Promise((resolve, reject) => {
      this.socket.timeout(this.timeoutMs).emit(name, payload, (error, reply) => {
        if (error) return reject(new MeetingError(this.socket.connected ? 'timeout' : 'disconnected', name));
        const answer = reply as Reply | undefined;
        if (answer?.ok) resolve(answer as unknown as Requests[Name]['gets']);
        else reject(MeetingError.fromServer(answer?.error));
      });
    });
  }

  on<Name extends ServerEventName>(name: Name, listener: (payload: ServerEvents[Name]) => void): void {
    this.socket.on(name, listener);
  }

  onConnect(listener: () => void): void {
    this.socket.on('connect', listener);
  }

  onDisconnect(listener: (reason: string) => void): void {
    this.socket.on('disconnect', listener);
  }

  onConnectError(listener: (error: MeetingError) => void): void {
    this.socket.on('connect_error', (error: Error) => listener(connectError(error)));
  }
}

/** A refusal by the server carries `data.code`; anything else means that nobody answered. */
function connectError(error: Error): MeetingError {
  const data = (error as Error & { data?: { code?: string } }).data;
  if (data?.code) return MeetingError.fromServer({ code: data.code, message: error.message });
  return new MeetingError('unreachable', error.message, { cause: error });
}
