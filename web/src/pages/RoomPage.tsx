import type { Meeting } from '@kcs-meet/sdk';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { ControlsBar } from '../components/ControlsBar';
import { ConnectionHint, SoundOnlyBanner } from '../components/ConnectionHint';
import { Reactions, ReconnectBanner, SharingBanner, Toasts } from '../components/Overlays';
import { ParticipantsPanel } from '../components/ParticipantsPanel';
import { RoomHeader } from '../components/RoomHeader';
import { SettingsDialog } from '../components/SettingsDialog';
import { Sounds } from '../components/Sounds';
import { Stage } from '../components/Stage';
import { TileGrid } from '../components/TileGrid';
import { useAdvice } from '../hooks/useAdvice';
import { useFeaturedSpeaker } from '../hooks/useFeaturedSpeaker';
import { useNews } from '../hooks/useNews';
import { useRoomActions } from '../hooks/useRoomActions';
import { useScreenShare } from '../hooks/useScreenShare';
import { useShortcuts } from '../hooks/useShortcuts';
import { useSpeakers } from '../hooks/useSpeakers';
import { useDeviceProblems } from '../hooks/useDeviceProblems';
import { useDevices, useMeetingState } from '../hooks/useStore';
import type { Remedy } from '../lib/connection';
import type { LocalDevices } from '../lib/local_devices';
import { publishDevices } from '../lib/publish_devices';
import { screensOf, soundsOf, tilesOf } from '../lib/tiles';

interface RoomPageProps {
  meeting: Meeting;
  meetingId: string;
  devices: LocalDevices;
  onEnd(): void;
}

/** The meeting itself. */
export function RoomPage({ meeting, meetingId, devices, onEnd }: RoomPageProps) {
  const state = useMeetingState(meeting);
  const { microphone, camera, speakerId } = useDevices(devices);
  const { toasts, reactions, tell, dismiss } = useNews(meeting);
  const actions = useRoomActions(meeting, meetingId, tell);
  const complain = useCallback((message: string) => tell(message, 'warning', 'error'), [tell]);
  const share = useScreenShare(meeting, complain);
  const [panelOpen, setPanelOpen] = useState(false);
  const [picking, setPicking] = useState(false);
  const [settingsOpen, setSettingsOpen] = useState(false);
  const [pinnedId, setPinnedId] = useState<string | null>(null);

  const { self, local, participants, places, audioOnly, activeSpeaker } = state;
  const tiles = useMemo(
    () => tilesOf({ self, local, participants, places, audioOnly }),
    [self, local, participants, places, audioOnly],
  );
  const screen = useMemo(
    () => screensOf({ participants, audioOnly }).at(-1) ?? null,
    [participants, audioOnly],
  );
  const sounds = useMemo(() => soundsOf({ participants, places }), [participants, places]);
  const speakers = useSpeakers(tiles);
  const speaker = useFeaturedSpeaker(activeSpeaker, tiles);
  const { advice, dismiss: dismissAdvice } = useAdvice(state, tiles);
  const remedy = (chosen: Remedy) =>
    chosen === 'camera-off' ? void devices.toggle('camera') : actions.setAudioOnly(true);
  const pinned = tiles.find(({ participantId }) => participantId === pinnedId) ?? null;
  const togglePin = useCallback((id: string) => setPinnedId((old) => (old === id ? null : id)), []);
  const togglePanel = () => setPanelOpen((open) => !open);

  useEffect(() => publishDevices(meeting, devices, actions.complain), [meeting, devices, actions]);
  useEffect(() => {
    if (state.phase !== 'ended') return;
    void share.stop();
    onEnd();
  }, [state.phase, share, onEnd]);
  useDeviceProblems(devices, complain);

  const controls = {
    onMicrophone: () => void devices.toggle('microphone'),
    onCamera: () => void devices.toggle('camera'),
    onShare: share.toggle,
    onHand: actions.toggleHand,
    onPicking: setPicking,
    onReact: actions.react,
    onPanel: togglePanel,
    onCopyLink: () => void actions.copyLink(),
    onSettings: () => setSettingsOpen(true),
    onLeave: actions.leave,
  };
  useShortcuts({
    m: controls.onMicrophone,
    v: controls.onCamera,
    s: controls.onShare,
    h: controls.onHand,
    r: () => setPicking((open) => !open),
    p: togglePanel,
    '?': controls.onSettings,
  });

  const sharing = state.local.screen !== undefined;
  return (
    <div className="room">
      <RoomHeader meeting={meeting} title={state.meeting?.meeting_title ?? 'Meeting'} />
      <main className="room-main">
        {pinned || screen || speaker ? (
          <Stage
            {...{ meeting, screen, pinned, speaker, tiles, speakers, activeSpeaker }}
            onPin={togglePin}
          />
        ) : (
          <TileGrid {...{ meeting, tiles, speakers, activeSpeaker }} onPin={togglePin} />
        )}
        {panelOpen && (
          <ParticipantsPanel
            {...{ tiles, speakers }}
            onCopyLink={controls.onCopyLink}
            onClose={() => setPanelOpen(false)}
          />
        )}
        {tiles.length === 1 && !panelOpen && <Alone onCopyLink={controls.onCopyLink} />}
      </main>
      <div className="room-top">
        {state.phase === 'reconnecting' && <ReconnectBanner />}
        <ConnectionHint advice={advice} onRemedy={remedy} onDismiss={dismissAdvice} />
        {audioOnly && <SoundOnlyBanner onPictures={() => actions.setAudioOnly(false)} />}
        {sharing && <SharingBanner onStop={() => void share.stop()} />}
        <Sounds sounds={sounds} speakerId={speakerId} />
        <Toasts toasts={toasts} onDismiss={dismiss} />
      </div>
      <Reactions reactions={reactions} />
      <ControlsBar
        {...controls}
        microphoneOn={microphone.on}
        cameraOn={camera.on}
        sharing={sharing}
        handRaised={state.self?.handRaised ?? false}
        picking={picking}
        panelOpen={panelOpen}
        people={tiles.length}
        raisedHands={tiles.filter(({ handRaised }) => handRaised).length}
      />
      {settingsOpen && (
        <SettingsDialog
          {...{ devices, audioOnly }}
          onAudioOnly={actions.setAudioOnly}
          onClose={() => setSettingsOpen(false)}
        />
      )}
    </div>
  );
}

function Alone({ onCopyLink }: { onCopyLink(): void }) {
  return (
    <div className="alone">
      <p>
        <strong>Nobody else is here yet.</strong> Send the link to whoever should join.
      </p>
      <button type="button" className="button button-primary" onClick={onCopyLink}>
        Copy the link
      </button>
    </div>
  );
}
