/** Moving pictures and voices without cameras and people. */

const SKIN = ['#f0c6a4', '#9c6647', '#e5ac84', '#6f4631', '#c98d66'];
const WALL = ['#3f6f66', '#7a5a3a', '#44508a', '#7d4a4f', '#5c6b3c', '#3c6480'];

/** A person in a room, as a camera would send it. */
export function fakeCamera(index: number): MediaStreamTrack {
  return drawn(640, 360, (context, time) => {
    const sway = Math.sin(time / 900 + index * 1.7) * 8;
    const wall = context.createLinearGradient(0, 0, 640, 360);
    wall.addColorStop(0, WALL[index % WALL.length]!);
    wall.addColorStop(1, '#20302d');
    context.fillStyle = wall;
    context.fillRect(0, 0, 640, 360);
    context.fillStyle = 'rgb(255 255 255 / 12%)';
    context.fillRect(60 + (index % 3) * 170, 40, 120, 150);
    context.fillStyle = WALL[(index + 2) % WALL.length]!;
    ellipse(context, 320 + sway, 400, 150, 150);
    context.fillStyle = SKIN[index % SKIN.length]!;
    context.fillRect(296 + sway, 220, 48, 60);
    ellipse(context, 320 + sway, 175, 62, 74);
    context.fillStyle = index % 2 ? '#2a1d18' : '#4b3527';
    ellipse(context, 320 + sway, 122, 66, 42);
  });
}

/** A page of text with a chart, as a shared screen would be. */
export function fakeScreen(): MediaStreamTrack {
  return drawn(1280, 720, (context, time) => {
    context.fillStyle = '#fbfcfc';
    context.fillRect(0, 0, 1280, 720);
    context.fillStyle = '#12312b';
    context.font = '600 46px sans-serif';
    context.fillText('Quarterly review', 70, 110);
    context.font = '26px sans-serif';
    context.fillStyle = '#4a5a56';
    ['Visits are up by a third', 'Two new regions since March', 'Support answers within a day'].forEach(
      (line, row) => context.fillText(`•  ${line}`, 74, 180 + row * 48),
    );
    for (let bar = 0; bar < 9; bar++) {
      const height = 60 + bar * 26 + Math.sin(time / 700 + bar) * 10;
      context.fillStyle = bar === 8 ? '#ffc24b' : '#0c7f70';
      context.fillRect(520 + bar * 76, 640 - height, 50, height);
    }
  });
}

let voices: AudioContext | null = null;

/** A voice that speaks for two seconds and listens for two. */
export function fakeVoice(index: number): MediaStreamTrack {
  voices ??= new AudioContext();
  const tone = voices.createOscillator();
  const gain = voices.createGain();
  const out = voices.createMediaStreamDestination();
  tone.frequency.value = 160 + index * 30;
  gain.gain.value = 0;
  tone.connect(gain).connect(out);
  tone.start();
  const { currentTime } = voices;
  for (let turn = 0; turn < 300; turn++) gain.gain.setValueAtTime(turn % 2 ? 0 : 0.1, currentTime + turn * 2);
  return out.stream.getAudioTracks()[0]!;
}

function drawn(
  width: number,
  height: number,
  draw: (context: CanvasRenderingContext2D, time: number) => void,
): MediaStreamTrack {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d')!;
  draw(context, 0);
  setInterval(() => draw(context, performance.now()), 200);
  return canvas.captureStream(5).getVideoTracks()[0]!;
}

function ellipse(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radiusX: number,
  radiusY: number,
): void {
  context.beginPath();
  context.ellipse(x, y, radiusX, radiusY, 0, 0, Math.PI * 2);
  context.fill();
}
