/** The larger histogram: bars, bounds that can be dragged, a range of rows that can be brushed. */
import type { ComponentChildren, TargetedPointerEvent } from "preact";
import { useRef, useState } from "preact/hooks";
import { count } from "./format";
import { handled } from "./keys";
import { clamped } from "./numbers";
import type { Bins } from "./protocol";
import { rounded, summary } from "./scale";
import { bars } from "./spark";
import { Table } from "./table";

export interface Domain {
  low: number;
  high: number;
}

/** What the plot spans: the values, and bounds of rules as long as they are not far away. */
export const domain = (bins: Bins, bounds: readonly (number | undefined)[]): Domain => {
  const span = bins.high - bins.low || 1;
  const near = bounds.filter(
    (bound): bound is number =>
      bound !== undefined && bound > bins.low - span && bound < bins.high + span,
  );
  const low = Math.min(bins.low, ...near);
  const high = Math.max(bins.high, ...near);
  return low === high ? { low: low - 0.5, high: high + 0.5 } : { low, high };
};

interface Handle {
  label: string;
  value: number | undefined;
  text: string;
  move(value: number): void;
}

interface Props {
  bins: Bins;
  within: Domain;
  step(pixels: number): number;
  handles: Handle[]; // the lower and the upper bound
  brushed: readonly [number, number] | undefined;
  onBrush: ((low: number, high: number) => void) | undefined;
  onDone(): void;
  onCancel(): void;
  children: ComponentChildren;
}

/** How many steps a key moves a bound. */
const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
};

type Pointed = TargetedPointerEvent<HTMLElement>;

export const Histogram = (props: Props) => {
  const { bins, within } = props;
  const plot = useRef<HTMLDivElement>(null);
  const [brush, setBrush] = useState<readonly [number, number] | null>(null);
  const span = within.high - within.low;
  const percent = (value: number) => clamped(0, (100 * (value - within.low)) / span, 100);
  const size = () => props.step(plot.current?.clientWidth || 400);
  const valueAt = (event: Pointed): number => {
    const { left, width } = (plot.current as HTMLDivElement).getBoundingClientRect();
    const share = clamped(0, (event.clientX - left) / Math.max(1, width), 1);
    return rounded(within.low + share * span, size());
  };
  const capture = (event: Pointed) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    event.preventDefault();
    event.stopPropagation();
  };

  const onKey = (event: KeyboardEvent, handle: Handle, now: number) => {
    const by = STEPS[event.key];
    const to = { Home: within.low, End: within.high }[event.key];
    if (by || to !== undefined) handle.move(rounded(to ?? now + (by as number) * size(), size()));
    else if (event.key === "Enter") props.onDone();
    else if (event.key === "Escape") props.onCancel();
    else return;
    handled(event);
  };
  const onUp = () => {
    setBrush(null);
    if (brush && brush[0] !== brush[1]) props.onBrush?.(Math.min(...brush), Math.max(...brush));
  };

  const shade = (brush ?? props.brushed)?.map(percent);
  return (
    <div class="dk-histogram">
      <div
        ref={plot}
        class={`dk-plot${props.onBrush ? " dk-brushable" : ""}`}
        onPointerDown={(event) => {
          if (!props.onBrush || event.button) return;
          capture(event);
          setBrush([valueAt(event), valueAt(event)]);
        }}
        onPointerMove={(event) => brush && setBrush([brush[0], valueAt(event)])}
        onPointerUp={onUp}
        onPointerCancel={() => setBrush(null)}
      >
        {shade && (
          <i
            class="dk-brush"
            style={{ left: `${Math.min(...shade)}%`, right: `${100 - Math.max(...shade)}%` }}
          />
        )}
        <svg
          viewBox="0 0 1 1"
          preserveAspectRatio="none"
          role="img"
          aria-label={summary(bins)}
          style={{
            left: `${percent(bins.low)}%`,
            width: `${(100 * (bins.high - bins.low || span)) / span}%`,
          }}
        >
          <path d={bars(bins.counts)} />
        </svg>
        {props.handles.map((handle, i) => {
          const value = handle.value ?? (i ? within.high : within.low);
          return (
            <div
              key={handle.label}
              class="dk-handle"
              role="slider"
              tabIndex={0}
              aria-label={handle.label}
              aria-valuemin={within.low}
              aria-valuemax={within.high}
              aria-valuenow={clamped(within.low, value, within.high)}
              aria-valuetext={handle.text || "no bound"}
              style={{ left: `${percent(value)}%` }}
              onKeyDown={(event) => onKey(event, handle, value)}
              onPointerDown={(event) => {
                capture(event);
                event.currentTarget.focus();
              }}
              onPointerMove={(event) => {
                if (event.currentTarget.hasPointerCapture(event.pointerId)) {
                  handle.move(valueAt(event));
                }
              }}
            >
              <b aria-hidden="true" style={{ translate: `${-percent(value)}%` }}>
                {handle.text}
              </b>
            </div>
          );
        })}
      </div>
      <div class="dk-axis dk-dim dk-small">
        <span>{bins.low_text}</span>
        {props.children}
        <span>{bins.high_text}</span>
      </div>
    </div>
  );
};

/** The same as numbers, for those who do not see bars. */
export const HistogramTable = ({ bins, tell }: { bins: Bins; tell(value: number): string }) => {
  const [open, setOpen] = useState(false);
  const edge = (i: number) => tell(bins.low + (i * (bins.high - bins.low)) / bins.counts.length);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Histogram as a table</summary>
      {open && (
        <Table
          label="Histogram"
          heads={["from", "to", "rows"]}
          rows={bins.counts.map((n, i) => [edge(i), edge(i + 1), count(n)])}
        />
      )}
    </details>
  );
};
