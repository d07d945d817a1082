import type { Meeting } from '@kcs-meet/sdk';
import { useEffect, useState } from 'react';
import { OwnConnection } from './ConnectionBadge';

/** The meeting's title, how long one has been in it, and how one's connection is doing. */
export function RoomHeader({ meeting, title }: { meeting: Meeting; title: string }) {
  return (
    <header className="room-header">
      <h1>{title}</h1>
      <Clock />
      <OwnConnection meeting={meeting} />
    </header>
  );
}

function Clock() {
  const [start] = useState(() => Date.now());
  const [now, setNow] = useState(start);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <span className="clock" role="timer" aria-label="Time in the meeting" aria-live="off">
      {formatDuration(now - start)}
    </span>
  );
}

export function formatDuration(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
