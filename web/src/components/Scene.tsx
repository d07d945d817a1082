/** The picture of the start page: four people in a meeting, drawn with the colours of the theme. */
function Person({
  x,
  y,
  tone,
  skin,
  hair,
  speaking,
}: {
  x: number;
  y: number;
  tone: string;
  skin: string;
  hair: string;
  speaking?: boolean;
}) {
  const clip = `scene-${x}-${y}`;
  return (
    <g transform={`translate(${x} ${y})`}>
      <clipPath id={clip}>
        <rect width="212" height="150" rx="18" />
      </clipPath>
      <g clipPath={`url(#${clip})`}>
        <rect width="212" height="150" fill={tone} />
        <path d="M30 168c0-42 34-60 76-60s76 18 76 60z" fill={hair} opacity="0.9" />
        <rect x="94" y="86" width="24" height="32" rx="12" fill={skin} />
        <circle cx="106" cy="70" r="30" fill={skin} />
        <path d="M75 68c-2-24 12-38 31-38s33 13 31 38c-8-4-12-12-14-19-12 9-32 12-48 19z" fill={hair} />
      </g>
      {speaking && (
        <rect
          className="scene-ring"
          x="-3"
          y="-3"
          width="218"
          height="156"
          rx="21"
          fill="none"
          strokeWidth="4"
        />
      )}
    </g>
  );
}

export function Scene() {
  return (
    <svg className="scene" viewBox="0 0 500 430" role="img" aria-label="Four people in a video meeting">
      <rect className="scene-back" x="8" y="8" width="484" height="414" rx="30" />
      <Person x={30} y={30} tone="#bfe3d8" skin="#f0c6a4" hair="#2d3f4f" />
      <Person x={258} y={30} tone="#ffd9a0" skin="#9c6647" hair="#3a2420" speaking />
      <Person x={30} y={196} tone="#cfd4f2" skin="#e5ac84" hair="#a8482f" />
      <Person x={258} y={196} tone="#f3c5bd" skin="#6f4631" hair="#1d1b22" />
      <g className="scene-bar" transform="translate(136 366)">
        <rect width="228" height="42" rx="21" />
        <circle cx="42" cy="21" r="12" />
        <circle cx="78" cy="21" r="12" />
        <circle cx="114" cy="21" r="12" />
        <circle cx="150" cy="21" r="12" />
        <rect className="scene-leave" x="174" y="9" width="36" height="24" rx="12" />
      </g>
      <g className="scene-float">
        <path
          d="M432 60c-7-13-27-9-27 6 0 12 14 19 27 31 13-12 27-19 27-31 0-15-20-19-27-6z"
          fill="#e0485a"
        />
      </g>
      <g className="scene-float scene-float-late">
        <path
          d="M70 226l5.6 11.8 12.9 1.7-9.5 8.9 2.4 12.8L70 255l-11.4 6.2 2.4-12.8-9.5-8.9 12.9-1.7z"
          fill="#ffc24b"
        />
      </g>
    </svg>
  );
}
