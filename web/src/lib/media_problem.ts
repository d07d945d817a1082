export type DeviceKind = 'camera' | 'microphone';

/** Why a camera or microphone cannot be used, in words that say what to do about it. */
export function describeMediaProblem(kind: DeviceKind, error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return `Your browser does not let this page use the ${kind}. Allow it in the address bar, then turn it on again.`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No ${kind} was found. Connect one, then turn it on again.`;
    case 'NotReadableError':
    case 'AbortError':
      return `The ${kind} is in use by another program. Close it there, then turn it on again.`;
    case 'UnsupportedContextError':
      return `Browsers give out the ${kind} on secure (https) pages only. Open this page with https.`;
    default:
      return `The ${kind} could not be started.`;
  }
}

/** Both in one sentence where both fail for the same reason. */
export function joinProblems(microphone: string | null, camera: string | null): string[] {
  if (microphone && camera && microphone.replaceAll('microphone', 'camera') === camera) {
    return [camera.replaceAll('camera', 'camera and microphone').replace('turn it on', 'turn them on')];
  }
  return [microphone, camera].filter((problem) => problem !== null);
}

export function describeUnplugged(kind: DeviceKind): string {
  return `The ${kind} was disconnected.`;
}

/** The media devices of the browser; missing on pages that are not secure. */
export function mediaDevices(): MediaDevices {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices) return devices;
  throw Object.assign(new Error('no media devices'), { name: 'UnsupportedContextError' });
}
