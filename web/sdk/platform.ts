import type { types } from 'mediasoup-client';
import { io } from 'socket.io-client';
import { MeetingError } from './errors';
import type { SocketLike } from './signaling';

/** The real socket: websocket first, long polling where that is blocked. Not connected yet. */
export function openSocket(url: string, token: string): SocketLike {
  return io(url || window.location.origin, {
    auth: { token },
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    autoConnect: false,
    forceNew: true,
    reconnectionDelay: 500,
    reconnectionDelayMax: 4_000,
  });
}

/** Tells when the machine loses and regains its network, long before the socket notices. Returns the end of it. */
export function watchNetwork(onOffline: () => void, onOnline: () => void): () => void {
  if (typeof window === 'undefined') return () => {};
  window.addEventListener('offline', onOffline);
  window.addEventListener('online', onOnline);
  return () => {
    window.removeEventListener('offline', onOffline);
    window.removeEventListener('online', onOnline);
  };
}

/** Fetches what joining will need, so that it is there by then. */
export function preload(): void {
  void import('mediasoup-client').catch(() => {});
}

/** The real device. mediasoup-client is the largest part of all, so it is loaded when a meeting is entered. */
export async function openDevice(): Promise<types.Device> {
  const { Device } = await import('mediasoup-client');
  try {
    return await Device.factory();
  } catch (error) {
    throw new MeetingError('unsupported', String(error), { cause: error });
  }
}
