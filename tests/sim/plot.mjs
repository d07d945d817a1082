#!/usr/bin/env node
// Draws docs/images/bandwidth.svg from the traces of the scenarios; docs/bandwidth.md says how to make those.
//
//   node tests/sim/plot.mjs DIRECTORY_OF_TRACES > docs/images/bandwidth.svg
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const WIDTH = 920;
const STYLE = `
  svg { --ink: #1f2328; --faint: #d5dae0; --paper: #ffffff; --link: #8a94a0; --estimate: #b35900; --sent: #0a66c2; --layer: #1a7f37; --sound: #a0207a; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e6e9ed; --faint: #3a424c; --paper: #14181d; --link: #8a94a0; --estimate: #ffa657; --sent: #6cb6ff; --layer: #56d364; --sound: #f08bd0; }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink); }
  .title { font-weight: 600; font-size: 14px; }
  .grid { stroke: var(--faint); stroke-width: 1; }
  .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
  .link { stroke: var(--link); stroke-dasharray: 6 4; } .estimate { stroke: var(--estimate); }
  .sent { stroke: var(--sent); } .layer { stroke: var(--layer); } .sound { stroke: var(--sound); }
  .area { fill: var(--link); opacity: 0.12; }
`;

function readTrace(directory, name) {
  const [head, ...rows] = readFileSync(join(directory, `${name}.0.csv`), "utf8").trim().split("\n");
  const columns = head.split(",");
  return rows.map((row) => {
    const cells = row.split(",");
    return Object.fromEntries(columns.map((column, i) => [column, Number(cells[i])]));
  });
}

const round = (value) => Math.round(value * 10) / 10;

// One pair of axes. `lines`: { of: sample -> value, style, steps }.
function panel({ x, y, width, height, until, top, ticks, unit, lines, trace, times }) {
  const px = (seconds) => round(x + (seconds / until) * width);
  const py = (value) => round(y + height - (Math.min(value, top) / top) * height);
  const out = [];
  for (const tick of ticks) {
    const label = typeof tick === "object" ? tick : { at: tick, text: `${tick}` };
    out.push(`<line class="grid" x1="${x}" x2="${x + width}" y1="${py(label.at)}" y2="${py(label.at)}"/>`);
    out.push(`<text x="${x - 6}" y="${py(label.at) + 4}" text-anchor="end">${label.text}</text>`);
  }
  if (unit) out.push(`<text x="${x}" y="${y - 7}">${unit}</text>`);
  const step = until > 30 ? 10 : 2;
  for (let seconds = 0; seconds <= until; seconds += step) {
    out.push(`<line class="grid" x1="${px(seconds)}" x2="${px(seconds)}" y1="${y}" y2="${y + height}"/>`);
    if (times) out.push(`<text x="${px(seconds)}" y="${y + height + 16}" text-anchor="middle">${seconds} s</text>`);
  }
  for (const { of, style, steps, area } of lines) {
    let path = "";
    let before = null;
    for (const sample of trace.filter((s) => s.seconds <= until)) {
      const at = px(sample.seconds);
      const value = py(of(sample));
      if (before === null) path += `M${px(0)} ${value}`;
      else if (steps && before !== value) path += `H${at}`;
      path += steps ? `V${value}` : `L${at} ${value}`;
      before = value;
    }
    if (steps) path += `H${px(Math.min(until, trace.at(-1).seconds))}`;
    if (area) out.push(`<path class="area" d="${path}V${y + height}H${x}Z"/>`);
    out.push(`<path class="line ${style}" d="${path}"/>`);
  }
  return out.join("\n");
}

const megabits = { ticks: [0, 1, 2, 3, 4], top: 4.2, unit: "Mbit/s" };
const rates = [
  { of: (s) => s.capacity / 1e6, style: "link", steps: true, area: true },
  { of: (s) => s.estimate / 1e6, style: "estimate", steps: true },
  { of: (s) => s.sent / 1e6, style: "sent" },
];
const layers = {
  top: 3.3,
  ticks: [
    { at: 0, text: "none" },
    { at: 1, text: "low" },
    { at: 2, text: "middle" },
    { at: 3, text: "high" },
  ],
  unit: "the picture that is shown",
  lines: [{ of: (s) => s.layer0 + 1, style: "layer", steps: true }],
};

function legend(x, y) {
  const entries = [
    ["link", "what the link carries"],
    ["estimate", "estimate for pictures"],
    ["sent", "sent, all together"],
  ];
  return entries
    .map(([style, text], i) => {
      const left = x + i * 190;
      return `<line class="line ${style}" x1="${left}" x2="${left + 28}" y1="${y}" y2="${y}"/><text x="${left + 34}" y="${y + 4}">${text}</text>`;
    })
    .join("\n");
}

function draw(directory) {
  const out = [legend(60, 20)];
  [
    ["start-4M-30", "Joining over 4 Mbit/s", 60],
    ["start-600k-30", "Joining over 600 kbit/s", 540],
  ].forEach(([name, title, x]) => {
    const trace = readTrace(directory, name);
    const small = name.includes("600k");
    const common = { x, width: 350, until: 10, trace };
    out.push(`<text class="title" x="${x}" y="56">${title}</text>`);
    const scale = small ? { ticks: [0, 0.2, 0.4, 0.6, 0.8], top: 0.84, unit: "Mbit/s" } : megabits;
    out.push(panel({ ...common, ...scale, y: 84, height: 120, lines: rates }));
    out.push(panel({ ...common, ...layers, y: 236, height: 50, times: true }));
  });
  const trace = readTrace(directory, "down-and-up-30");
  const common = { x: 60, width: 830, until: 60, trace };
  out.push(`<text class="title" x="60" y="340">From 3 Mbit/s to 500 kbit/s, and back</text>`);
  out.push(panel({ ...common, ...megabits, y: 368, height: 160, lines: rates }));
  out.push(panel({ ...common, ...layers, y: 560, height: 60 }));
  out.push(
    panel({
      ...common,
      y: 652,
      height: 80,
      top: 310,
      ticks: [0, 100, 200, 300],
      unit: "longest wait in the link's queue, ms",
      lines: [{ of: (s) => s.queue_ms, style: "estimate" }],
    }),
  );
  out.push(
    panel({
      ...common,
      y: 764,
      height: 70,
      top: 210,
      ticks: [0, 100, 200],
      unit: "longest time between two packets of sound, ms",
      lines: [{ of: (s) => s.audio_gap_ms, style: "sound" }],
      times: true,
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 865" role="img" aria-label="Traces of three links">
<style>${STYLE}</style>
<rect width="${WIDTH}" height="865" rx="8" fill="var(--paper)"/>
${out.join("\n")}
</svg>`;
}

const [directory] = process.argv.slice(2);
if (!directory) {
  console.error("usage: plot.mjs DIRECTORY_OF_TRACES > bandwidth.svg");
  process.exit(2);
}
console.log(draw(directory));
