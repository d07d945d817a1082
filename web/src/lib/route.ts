import { useSyncExternalStore } from 'react';

export type Route = { page: 'start' } | { page: 'meeting'; meetingId: string } | { page: 'unknown' };

const MEETING_ID = /^[A-Za-z0-9_-]{3,64}$/;
const CHANGED = 'kcs-meet:route';

export function parseRoute(path: string): Route {
  if (path === '/' || path === '/index.html') return { page: 'start' };
  const id = /^\/m\/([^/]+)\/?$/.exec(path)?.[1];
  return id && MEETING_ID.test(id) ? { page: 'meeting', meetingId: id } : { page: 'unknown' };
}

/** Understands what people paste: a link, a link without its scheme, or the bare id. Null when it is neither. */
export function meetingIdFrom(input: string): string | null {
  const text = input.trim();
  if (MEETING_ID.test(text)) return text;
  const id = /\/m\/([^/?#\s]+)/.exec(text)?.[1];
  return id && MEETING_ID.test(id) ? id : null;
}

export function meetingPath(meetingId: string): string {
  return `/m/${encodeURIComponent(meetingId)}`;
}

export function meetingLink(meetingId: string): string {
  return window.location.origin + meetingPath(meetingId);
}

export function navigate(path: string): void {
  window.history.pushState(null, '', path);
  window.dispatchEvent(new Event(CHANGED));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(CHANGED, listener);
  };
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.pathname));
}
