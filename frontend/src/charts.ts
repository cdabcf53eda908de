// Draws the charts of a page from the JSON blocks beside them. Canvas and rich text tooltips, because the content
// security policy allows no style attributes. The table under each chart stays, for everybody who prefers it.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, MarkLineComponent, AriaComponent, CanvasRenderer]);

interface Series {
  readonly name: string;
  readonly values: ReadonlyArray<number | null>;
  /** Which of the three tier colours, or of the three greys that stand back; by position where absent. */
  readonly tone?: 1 | 2 | 3 | 4 | 5 | 6;
}

interface ChartData {
  readonly kind: "line" | "bar" | "stacked" | "rows";
  readonly labels: readonly string[];
  readonly series: readonly Series[];
  readonly unit?: string;
  readonly mark?: { readonly value: number; readonly label: string };
}

const language = document.documentElement.lang || "en";
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
const ownColours = matchMedia("(forced-colors: active)");
const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });

/** Read colours where the chart stands, as red, green and blue: a reader's own colours have names that a canvas does not know. */
function colours(place: HTMLElement): (name: string) => string {
  return (name) => {
    place.style.color = `var(--${name})`;
    const found = getComputedStyle(place).color;
    place.style.removeProperty("color");
    return found;
  };
}

/** A line needs two points: a value with nothing known on either side is drawn as a dot, or nobody would see it. */
function pointAlone(value: number | null, place: number, all: readonly (number | null)[]): number | null | { value: number; symbol: string } {
  const isAlone = value !== null && (all[place - 1] ?? null) === null && (all[place + 1] ?? null) === null;
  return isAlone ? { value, symbol: "circle" } : value;
}

function options(data: ChartData, description: string, token: (name: string) => string): Parameters<ECharts["setOption"]>[0] {
  const soft = token("soft");
  const line = token("line");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const rtl = document.documentElement.dir === "rtl";
  const text = { color: soft, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 13 };
  const value = (raw: unknown): string => (raw === null || raw === undefined || raw === "-" ? "–" : `${whole.format(Number(raw))}${data.unit ? ` ${data.unit}` : ""}`);
  const names = {
    type: "category" as const,
    data: [...data.labels],
    inverse: data.kind === "rows" ? true : rtl,
    axisLine: { show: data.kind !== "rows", lineStyle: { color: line } },
    axisTick: { show: false },
    axisLabel: { ...text, hideOverlap: true },
    boundaryGap: data.kind !== "line",
  };
  const amounts = {
    type: "value" as const,
    position: rtl ? ("right" as const) : ("left" as const),
    splitLine: { lineStyle: { color: line } },
    splitNumber: 4,
    axisLabel: { ...text, formatter: (amount: number) => short.format(amount) },
  };
  const tones = [token("tier-3"), token("tier-2"), token("tier-1"), token("grey-1"), token("grey-2"), token("grey-3")];
  const mark = data.mark && {
    silent: true,
    symbol: "none",
    lineStyle: { color: token("ink"), type: "dashed" as const, width: 1.5 },
    label: { ...text, color: token("ink"), formatter: data.mark.label, position: "insideEndTop" as const },
    data: [data.kind === "rows" ? { xAxis: data.mark.value } : { yAxis: data.mark.value }],
  };
  return {
    // Few colours are a reader's own: patterns tell the series apart then.
    aria: { enabled: true, label: { description }, decal: { show: ownColours.matches && data.series.length > 1 } },
    animation: !still,
    animationDuration: 350,
    textStyle: text,
    // On a phone the names of two series stand below each other.
    grid: { top: data.series.length > 1 ? (matchMedia("(max-width: 560px)").matches ? 64 : 40) : 16, bottom: 4, left: 4, right: 12, containLabel: true },
    legend: { show: data.series.length > 1, top: 0, left: rtl ? "right" : "left", icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: text, inactiveColor: line },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: token("card"),
      borderColor: line,
      padding: [10, 14],
      textStyle: { ...text, color: token("ink") },
      axisPointer: { type: data.kind === "line" ? "line" : "shadow", lineStyle: { color: soft }, shadowStyle: { color: token("accent"), opacity: 0.06 } },
      valueFormatter: value,
    },
    xAxis: data.kind === "rows" ? { ...amounts, position: "bottom" } : names,
    yAxis: data.kind === "rows" ? names : amounts,
    series: data.series.map((series, index) => {
      const color = series.tone ? tones[series.tone <= 3 ? 3 - series.tone : series.tone - 1] : tones[index % 3];
      const common = { name: series.name, data: data.kind === "line" ? series.values.map(pointAlone) : [...series.values], itemStyle: { color }, ...(index === 0 && mark ? { markLine: mark } : {}) };
      if (data.kind === "line") {
        return { ...common, type: "line" as const, symbol: "none", symbolSize: 7, lineStyle: { width: 2.5, color }, areaStyle: data.series.length === 1 ? { opacity: 0.08, color } : undefined, connectNulls: false };
      }
      return { ...common, type: "bar" as const, stack: data.kind === "stacked" ? "all" : undefined, barMaxWidth: 34, itemStyle: { color, borderRadius: data.kind === "stacked" ? 0 : data.kind === "rows" ? 4 : [4, 4, 0, 0] } };
    }),
  } as Parameters<ECharts["setOption"]>[0];
}

function draw(figure: HTMLElement): void {
  const place = figure.querySelector<HTMLElement>(".chart-canvas");
  const block = figure.querySelector('script[type="application/json"]');
  if (!place || !block?.textContent || figure.dataset["drawn"]) return;
  figure.dataset["drawn"] = "yes";
  const data = JSON.parse(block.textContent) as ChartData;
  const description = figure.querySelector("figcaption")?.textContent?.trim() ?? "";
  place.hidden = false;
  const chart = init(place, undefined, { renderer: "canvas" });
  const paint = (): void => chart.setOption(options(data, description, colours(place)), true);
  paint();
  new ResizeObserver(() => chart.resize()).observe(place);
  for (const query of [ownColours, matchMedia("(prefers-color-scheme: dark)")]) query.addEventListener("change", paint);
  // The font may arrive after the first drawing.
  void document.fonts.ready.then(paint);
  figure.querySelector<HTMLDetailsElement>(".chart-table")?.removeAttribute("open");
}

function drawAll(): void {
  for (const figure of document.querySelectorAll<HTMLElement>("[data-chart]")) draw(figure);
}

drawAll();
document.addEventListener("htmx:load", drawAll);
