import { useEffect, useState } from 'react';
import { LocalDevices } from '../lib/local_devices';

/** Devices that are asked for when the page appears and released when it goes. */
export function useLocalDevices(): LocalDevices {
  const [devices] = useState(() => new LocalDevices());
  useEffect(() => {
    void devices.start();
    return () => devices.stop();
  }, [devices]);
  return devices;
}
