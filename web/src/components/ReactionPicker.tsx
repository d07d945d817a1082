import { useEffect, useRef } from 'react';
import { RoundButton } from './RoundButton';

export const REACTIONS = [
  ['👍', 'Thumbs up'],
  ['👏', 'Applause'],
  ['❤️', 'Heart'],
  ['😂', 'Laughing'],
  ['😮', 'Surprised'],
  ['🎉', 'Celebrate'],
  ['🤔', 'Thinking'],
  ['👋', 'Wave'],
] as const;

interface ReactionPickerProps {
  open: boolean;
  onOpen(open: boolean): void;
  onReact(emoji: string): void;
}

export function ReactionPicker({ open, onOpen, onReact }: ReactionPickerProps) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const trigger = root.current?.querySelector<HTMLElement>('.round');
    root.current?.querySelector<HTMLElement>('.reactions button')?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      onOpen(false);
      trigger?.focus();
    };
    const onPress = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) onOpen(false);
    };
    window.addEventListener('keydown', onKey);
    window.addEventListener('pointerdown', onPress);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('pointerdown', onPress);
    };
  }, [open, onOpen]);
  return (
    <div className="reaction-picker" ref={root}>
      {open && (
        <div className="reactions" role="group" aria-label="Reactions">
          {REACTIONS.map(([emoji, label]) => (
            <button key={emoji} type="button" aria-label={label} onClick={() => onReact(emoji)}>
              {emoji}
            </button>
          ))}
        </div>
      )}
      <RoundButton
        icon="smile"
        label="React"
        shortcut="R"
        tone={open ? 'active' : 'plain'}
        aria-expanded={open}
        onClick={() => onOpen(!open)}
      />
    </div>
  );
}
