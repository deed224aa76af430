/** The larger histogram: bars, bounds that can be dragged, a range of rows that can be brushed. */
import type { ComponentChildren, TargetedPointerEvent } from "preact";
import { useRef, useState } from "preact/hooks";
import { count } from "./format";
import { handled } from "./keys";
import type { Bins } from "./protocol";
import { rounded, step, summary } from "./scale";
import { bars } from "./spark";

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
  brushed: [number, number] | null;
  onBrush?: ((low: number, high: number) => void) | undefined;
  onDone(): void;
  onCancel(): void;
  children?: ComponentChildren;
}

export const Histogram = (props: Props) => {
  const { bins, within } = props;
  const plot = useRef<HTMLDivElement>(null);
  const [brush, setBrush] = useState<[number, number] | null>(null);
  const span = within.high - within.low;
  const percent = (value: number) =>
    `${Math.max(0, Math.min(100, (100 * (value - within.low)) / span))}%`;
  const pixels = () => plot.current?.clientWidth || 400;
  const valueAt = (event: PointerEvent): number => {
    const { left, width } = (plot.current as HTMLDivElement).getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - left) / Math.max(1, width)));
    return rounded(within.low + share * span, props.step(pixels()));
  };
  const capture = (event: TargetedPointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    event.preventDefault();
  };
  const holds = (event: TargetedPointerEvent<HTMLElement>) =>
    event.currentTarget.hasPointerCapture(event.pointerId);

  const onKey = (event: KeyboardEvent, handle: Handle, parked: number) => {
    const size = props.step(pixels());
    const now = handle.value ?? parked;
    const steps: Record<string, number> = {
      ArrowLeft: now - size,
      ArrowDown: now - size,
      ArrowRight: now + size,
      ArrowUp: now + size,
      PageDown: now - 10 * size,
      PageUp: now + 10 * size,
      Home: within.low,
      End: within.high,
    };
    const next = steps[event.key];
    if (next !== undefined) handle.move(rounded(next, size));
    else if (event.key === "Enter") props.onDone();
    else if (event.key === "Escape") props.onCancel();
    else return;
    handled(event);
  };

  const shade = brush ?? props.brushed;
  const wide = (bins.high - bins.low || 1) / span;
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
        onPointerMove={(event) => {
          if (brush && holds(event)) setBrush([brush[0], valueAt(event)]);
        }}
        onPointerUp={() => {
          if (!brush) return;
          const [low, high] = brush[0] < brush[1] ? brush : [brush[1], brush[0]];
          setBrush(null);
          if (low < high) props.onBrush?.(low, high);
        }}
        onPointerCancel={() => setBrush(null)}
      >
        {shade && (
          <i
            class="dk-brush"
            style={{
              left: percent(Math.min(...shade)),
              right: `calc(100% - ${percent(Math.max(...shade))})`,
            }}
          />
        )}
        <svg
          viewBox="0 0 1 1"
          preserveAspectRatio="none"
          role="img"
          aria-label={summary(bins)}
          style={{ left: percent(bins.low), width: `${100 * wide}%` }}
        >
          <path d={bars(bins.counts)} />
        </svg>
        {props.handles.map((handle, i) => {
          const parked = i ? within.high : within.low;
          const value = handle.value ?? parked;
          return (
            <div
              key={handle.label}
              class={`dk-handle${handle.value === undefined ? " dk-parked" : ""}`}
              role="slider"
              tabIndex={0}
              aria-label={handle.label}
              aria-valuemin={within.low}
              aria-valuemax={within.high}
              aria-valuenow={Math.max(within.low, Math.min(within.high, value))}
              aria-valuetext={handle.value === undefined ? "no bound" : handle.text}
              style={{ left: percent(value) }}
              onKeyDown={(event) => onKey(event, handle, parked)}
              onPointerDown={(event) => {
                event.stopPropagation();
                capture(event);
                event.currentTarget.focus();
              }}
              onPointerMove={(event) => {
                if (holds(event)) handle.move(valueAt(event));
              }}
            >
              <b aria-hidden="true">{handle.text}</b>
            </div>
          );
        })}
      </div>
      <div class="dk-axis">
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
  const wide = (bins.high - bins.low) / Math.max(1, bins.counts.length);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Histogram as a table</summary>
      {open && (
        <div class="dk-scroll" tabIndex={0} role="region" aria-label="Histogram as a table">
          <table>
            <thead>
              <tr>
                <th scope="col">from</th>
                <th scope="col">to</th>
                <th scope="col">rows</th>
              </tr>
            </thead>
            <tbody>
              {bins.counts.map((n, i) => (
                <tr key={i}>
                  <td>{tell(bins.low + i * wide)}</td>
                  <td>{tell(bins.low + (i + 1) * wide)}</td>
                  <td>{count(n)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
};

/** The step of a bound for a scale, given how many pixels there are. */
export const stepOf =
  (within: Domain, scale: Parameters<typeof step>[2]) =>
  (pixels: number): number =>
    step(within.high - within.low, pixels, scale);
