import { useId } from 'react';
import { useDevices } from '../hooks/useStore';
import type { LocalDevices } from '../lib/local_devices';
import { Icon, type IconName } from './Icon';

const CAN_CHOOSE_SPEAKER =
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

export function DeviceSelects({ devices }: { devices: LocalDevices }) {
  const { lists, camera, microphone, speakerId } = useDevices(devices);
  return (
    <fieldset className="devices">
      <legend className="visually-hidden">Devices</legend>
      <DeviceSelect
        icon="mic"
        label="Microphone"
        list={lists.microphone}
        value={microphone.track?.getSettings().deviceId ?? microphone.deviceId}
        onChoose={(id) => void devices.choose('microphone', id)}
      />
      <DeviceSelect
        icon="camera"
        label="Camera"
        list={lists.camera}
        value={camera.track?.getSettings().deviceId ?? camera.deviceId}
        onChoose={(id) => void devices.choose('camera', id)}
      />
      {CAN_CHOOSE_SPEAKER && lists.speaker.length > 0 && (
        <DeviceSelect
          icon="speaker"
          label="Speaker"
          list={lists.speaker}
          value={speakerId}
          onChoose={(id) => devices.chooseSpeaker(id)}
        />
      )}
    </fieldset>
  );
}

interface DeviceSelectProps {
  icon: IconName;
  label: string;
  list: readonly MediaDeviceInfo[];
  value: string;
  onChoose(deviceId: string): void;
}

function DeviceSelect({ icon, label, list, value, onChoose }: DeviceSelectProps) {
  const id = useId();
  return (
    <div className="select">
      <label htmlFor={id}>
        <Icon name={icon} size={19} />
        <span className="visually-hidden">{label}</span>
      </label>
      <select
        id={id}
        value={value}
        onChange={(event) => onChoose(event.target.value)}
        disabled={list.length === 0}
      >
        {list.length === 0 && <option value={value}>No {label.toLowerCase()} available</option>}
        {list.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}
