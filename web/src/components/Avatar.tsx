import { Icon } from './Icon';

/** Initials on a colour of one's own, where there is no picture. */
export function Avatar({ name, seed }: { name: string; seed: string }) {
  return (
    <span className="avatar" style={{ '--hue': hueOf(seed) } as React.CSSProperties} aria-hidden="true">
      {initialsOf(name) || <Icon name="person" size={40} />}
    </span>
  );
}

export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = [...(words[0] ?? '')][0] ?? '';
  const last = words.length > 1 ? ([...words.at(-1)!][0] ?? '') : '';
  return (first + last).toUpperCase();
}

export function hueOf(seed: string): number {
  let hash = 0;
  for (const char of seed) hash = (hash * 31 + char.codePointAt(0)!) % 100_003;
  // Neighbouring hashes should not look alike.
  return Math.round((hash * 137.508) % 360);
}
