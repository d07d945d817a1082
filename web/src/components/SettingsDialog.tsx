import { useEffect, useRef } from 'react';
import type { LocalDevices } from '../lib/local_devices';
import { DeviceSelects } from './DeviceSelects';
import { RoundButton } from './RoundButton';

const SHORTCUTS = [
  ['M', 'Mute or unmute'],
  ['V', 'Camera on or off'],
  ['S', 'Share your screen'],
  ['H', 'Raise or lower your hand'],
  ['R', 'React'],
  ['P', 'Show the participants'],
  ['?', 'Open this window'],
] as const;

interface SettingsDialogProps {
  devices: LocalDevices;
  audioOnly: boolean;
  onAudioOnly(enabled: boolean): void;
  onClose(): void;
}

export function SettingsDialog({ devices, audioOnly, onAudioOnly, onClose }: SettingsDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // Not closed on the way out: it goes with the element, and `close` would count as the person's wish.
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby="settings-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="dialog-body">
        <header className="panel-head">
          <h2 id="settings-title">Settings</h2>
          <RoundButton icon="close" label="Close" onClick={onClose} />
        </header>
        <h3>Devices</h3>
        <DeviceSelects devices={devices} />
        <h3>Bandwidth</h3>
        <div className="setting">
          <label className="check">
            <input
              type="checkbox"
              checked={audioOnly}
              aria-describedby="audio-only-note"
              onChange={(event) => onAudioOnly(event.target.checked)}
            />
            Sound only
          </label>
          <p id="audio-only-note" className="field-note">
            Saves bandwidth: no pictures are received. Others still see yours while your camera is on.
          </p>
        </div>
        <h3>Keyboard</h3>
        <dl className="shortcuts">
          {SHORTCUTS.map(([key, text]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </div>
    </dialog>
  );
}
