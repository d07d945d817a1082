import type { Meeting } from '@kcs-meet/sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { IconName } from '../components/Icon';

export interface Toast {
  id: number;
  text: string;
  icon: IconName;
  tone: 'plain' | 'error';
}

export interface FloatingReaction {
  id: number;
  emoji: string;
  name: string;
  /** Where it rises, 0 to 1 across its lane. */
  lane: number;
}

const TOAST_MS = 5_000;
const ERROR_MS = 9_000;
const REACTION_MS = 4_200;
const MAX_TOASTS = 4;
const MAX_REACTIONS = 24;

/** What has just happened, for as long as it is worth showing. */
export function useNews(meeting: Meeting) {
  const [toasts, setToasts] = useState<Toast[]>([]);
  const [reactions, setReactions] = useState<FloatingReaction[]>([]);
  const serial = useRef(0);

  const dismiss = useCallback((id: number) => setToasts((old) => old.filter((toast) => toast.id !== id)), []);
  const tell = useCallback(
    (text: string, icon: IconName, tone: Toast['tone'] = 'plain') => {
      const id = ++serial.current;
      setToasts((old) =>
        [...old.filter((toast) => toast.text !== text), { id, text, icon, tone }].slice(-MAX_TOASTS),
      );
      setTimeout(() => dismiss(id), tone === 'error' ? ERROR_MS : TOAST_MS);
    },
    [dismiss],
  );

  useEffect(() => {
    const isSelf = (participantId: string) => participantId === meeting.getState().self?.participantId;
    const offs = [
      meeting.on('participant-joined', ({ userName }) => tell(`${userName} joined`, 'people')),
      meeting.on('participant-left', ({ userName, reason }) => {
        if (reason !== 'replaced') tell(`${userName} ${LEFT[reason]}`, 'people');
      }),
      meeting.on('hand-raised', ({ participantId, userName, raised }) => {
        if (raised && !isSelf(participantId)) tell(`${userName} raised a hand`, 'hand');
      }),
      meeting.on('error', (error) => tell(error.message, 'warning', 'error')),
      meeting.on('reaction', ({ participantId, userName, reaction }) => {
        const id = ++serial.current;
        const name = isSelf(participantId) ? 'You' : userName;
        const shown = { id, emoji: reaction, name, lane: (id * 0.382) % 1 };
        setReactions((old) => [...old, shown].slice(-MAX_REACTIONS));
        setTimeout(() => setReactions((old) => old.filter((item) => item.id !== id)), REACTION_MS);
      }),
    ];
    return () => offs.forEach((off) => off());
  }, [meeting, tell]);

  return { toasts, reactions, tell, dismiss };
}

const LEFT = { left: 'left', disconnected: 'lost the connection', kicked: 'was removed' } as const;
