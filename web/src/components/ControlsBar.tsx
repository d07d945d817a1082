import { useState } from 'react';
import { canShareScreen } from '../lib/local_devices';
import { ReactionPicker } from './ReactionPicker';
import { RoundButton } from './RoundButton';

export interface ControlsBarProps {
  microphoneOn: boolean;
  cameraOn: boolean;
  sharing: boolean;
  handRaised: boolean;
  picking: boolean;
  panelOpen: boolean;
  people: number;
  raisedHands: number;
  onMicrophone(): void;
  onCamera(): void;
  onShare(): void;
  onHand(): void;
  onPicking(open: boolean): void;
  onReact(emoji: string): void;
  onPanel(): void;
  onCopyLink(): void;
  onSettings(): void;
  onLeave(): void;
}

const CAN_SHARE = canShareScreen();

export function ControlsBar(props: ControlsBarProps) {
  const { microphoneOn, cameraOn, sharing, handRaised, picking, panelOpen } = props;
  return (
    <footer className="controls" aria-label="Meeting controls">
      <div className="controls-side">
        <CopyLink onCopy={props.onCopyLink} />
        <RoundButton icon="sliders" label="Settings and shortcuts" shortcut="?" onClick={props.onSettings} />
      </div>
      <div className="controls-main">
        <RoundButton
          icon={microphoneOn ? 'mic' : 'mic-off'}
          label={microphoneOn ? 'Mute' : 'Unmute'}
          shortcut="M"
          tone={microphoneOn ? 'plain' : 'off'}
          onClick={props.onMicrophone}
        />
        <RoundButton
          icon={cameraOn ? 'camera' : 'camera-off'}
          label={cameraOn ? 'Turn the camera off' : 'Turn the camera on'}
          shortcut="V"
          tone={cameraOn ? 'plain' : 'off'}
          onClick={props.onCamera}
        />
        {CAN_SHARE && (
          <RoundButton
            icon={sharing ? 'screen-off' : 'screen'}
            label={sharing ? 'Stop sharing your screen' : 'Share your screen'}
            shortcut="S"
            tone={sharing ? 'active' : 'plain'}
            onClick={props.onShare}
          />
        )}
        <RoundButton
          icon="hand"
          label={handRaised ? 'Lower your hand' : 'Raise your hand'}
          shortcut="H"
          tone={handRaised ? 'active' : 'plain'}
          aria-pressed={handRaised}
          onClick={props.onHand}
        />
        <ReactionPicker open={picking} onOpen={props.onPicking} onReact={props.onReact} />
        <RoundButton icon="leave" label="Leave the meeting" tone="danger" onClick={props.onLeave} />
      </div>
      <div className="controls-side controls-end">
        <RoundButton
          icon="people"
          label={`Participants: ${props.people}${props.raisedHands ? `, ${props.raisedHands} raised hands` : ''}`}
          shortcut="P"
          tone={panelOpen ? 'active' : 'plain'}
          aria-expanded={panelOpen}
          badge={props.people}
          onClick={props.onPanel}
        />
      </div>
    </footer>
  );
}

function CopyLink({ onCopy }: { onCopy(): void }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    onCopy();
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return <RoundButton icon={copied ? 'check' : 'link'} label="Copy the link" onClick={copy} />;
}
