import { useDevices } from '../hooks/useStore';
import { useTrack } from '../hooks/useTrack';
import type { LocalDevices } from '../lib/local_devices';
import { Avatar } from './Avatar';
import { LevelMeter } from './LevelMeter';
import { RoundButton } from './RoundButton';

/** One's own picture as in a mirror, with the switches for camera and microphone. */
export function Preview({ devices, name }: { devices: LocalDevices; name: string }) {
  const { camera, microphone } = useDevices(devices);
  const video = useTrack<HTMLVideoElement>(camera.track);
  return (
    <section className="preview" aria-label="Preview of your camera">
      <video ref={video} className="mirrored" muted playsInline hidden={!camera.track} />
      {!camera.track && (
        <div className="preview-off">
          <Avatar name={name} seed={name} />
          <p role="status">{camera.starting ? 'Starting the camera…' : 'Your camera is off'}</p>
        </div>
      )}
      <div className="preview-bar">
        <RoundButton
          icon={microphone.on ? 'mic' : 'mic-off'}
          label={microphone.on ? 'Turn the microphone off' : 'Turn the microphone on'}
          tone={microphone.on ? 'glass' : 'off'}
          onClick={() => void devices.toggle('microphone')}
        />
        <RoundButton
          icon={camera.on ? 'camera' : 'camera-off'}
          label={camera.on ? 'Turn the camera off' : 'Turn the camera on'}
          tone={camera.on ? 'glass' : 'off'}
          onClick={() => void devices.toggle('camera')}
        />
      </div>
      <LevelMeter track={microphone.on ? microphone.track : null} />
    </section>
  );
}
