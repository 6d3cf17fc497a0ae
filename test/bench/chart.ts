/** Requests in each second against what is allowed, one panel for each case, as an SVG. */
import { writeFileSync } from "node:fs";
import { init } from "echarts";
import { ALLOWED } from "./floor.ts";
import type { Limited } from "./floor.ts";
import type { Row } from "./results.ts";

const PANEL = { width: 960, height: 170, top: 54, left: 50, right: 150, below: 26 } as const;
const LINES: readonly (readonly [service: Limited, label: string, colour: string])[] = [
  ["google", "Google", "#4c78a8"],
  ["identityStore", "Identity Store", "#59a14f"],
  ["scim", "SCIM", "#e15759"],
];

/** Writes the file. The library keeps the process alive afterwards: whoever calls this has to end it. */
export function drawChart(file: string, rows: readonly Row[]): void {
  const step = PANEL.height + PANEL.top + PANEL.below;
  const chart = init(null, null, {
    renderer: "svg",
    ssr: true,
    width: PANEL.width,
    height: rows.length * step,
  });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      legend: { top: 4, data: LINES.map(([, label]) => label) },
      title: rows.map(({ name }, at) => ({
        text: `${name}: requests in each second`,
        top: at * step + 26,
        left: PANEL.left,
        textStyle: { fontSize: 13 },
      })),
      grid: rows.map((_, at) => ({
        top: at * step + PANEL.top,
        left: PANEL.left,
        right: PANEL.right,
        height: PANEL.height,
      })),
      xAxis: rows.map((_, at) => ({ type: "value", gridIndex: at, name: "s", min: 0 })),
      yAxis: rows.map((_, at) => ({ type: "value", gridIndex: at, min: 0, max: ALLOWED.google + 5 })),
      series: rows.flatMap((row, at) =>
        LINES.map(([service, label, color]) => series(row, at, service, label, color)),
      ),
    });
    writeFileSync(file, chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

function series(row: Row, at: number, service: Limited, label: string, color: string) {
  return {
    type: "line" as const,
    name: label,
    xAxisIndex: at,
    yAxisIndex: at,
    step: "end" as const,
    showSymbol: false,
    itemStyle: { color },
    lineStyle: { color, width: 1.5 },
    data: steps(row.overTime[service]),
    markLine: {
      silent: true,
      symbol: "none",
      label: { formatter: `${ALLOWED[service]} a second allowed`, fontSize: 10 },
      lineStyle: { color, type: "dashed" as const, width: 1 },
      data: [{ yAxis: ALLOWED[service] }],
    },
  };
}

/** Each count from its second to the next one. */
function steps(counts: readonly number[]): readonly (readonly [number, number])[] {
  const last = counts.at(-1);
  const points = counts.map((count, second) => [second, count] as const);
  return last === undefined ? points : [...points, [counts.length, last]];
}
