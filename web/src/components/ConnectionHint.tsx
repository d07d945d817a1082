import type { Advice, Remedy } from '../lib/connection';
import { Icon } from './Icon';

interface ConnectionHintProps {
  advice: Advice | null;
  onRemedy(remedy: Remedy): void;
  onDismiss(): void;
}

const REMEDY_WORDS: Record<Remedy, string> = {
  'camera-off': 'Turn the camera off',
  'sound-only': 'Sound only',
};

/** A word on a poor link, and what would help. Always on the page, so that screen readers hear it change. */
export function ConnectionHint({ advice, onRemedy, onDismiss }: ConnectionHintProps) {
  return (
    <div className={advice ? 'hint' : undefined}>
      {advice && <Icon name="warning" size={20} />}
      <span role="status">{advice?.text}</span>
      {advice && (
        <span className="hint-actions">
          {advice.remedies.map((remedy) => (
            <button key={remedy} type="button" className="hint-remedy" onClick={() => onRemedy(remedy)}>
              {REMEDY_WORDS[remedy]}
            </button>
          ))}
          <button type="button" className="hint-close" aria-label="Dismiss the hint" onClick={onDismiss}>
            <Icon name="close" size={16} />
          </button>
        </span>
      )}
    </div>
  );
}

export function SoundOnlyBanner({ onPictures }: { onPictures(): void }) {
  return (
    <div className="banner banner-quiet" role="status">
      <Icon name="speaker" size={19} />
      Sound only: no pictures are received.
      <button type="button" onClick={onPictures}>
        Show pictures
      </button>
    </div>
  );
}
