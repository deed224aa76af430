/** What the progress card shows. */
import { count } from "./format";

export interface Work {
  title: string;
  unit: string;
  total: number;
  done: number;
  seconds: number;
  line?: string;
}

const SURE = "The kernel's interrupt (■) always cancels, too.";

/** `12 s`, `3:05`, `1:02:07`. */
export const elapsed = (seconds: number): string => {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
};

/** `238 k`: how many a second. */
export const short = (value: number): string => {
  for (const [size, letter] of [
    [1e9, " G"],
    [1e6, " M"],
    [1e3, " k"],
  ] as const) {
    if (value >= size) return `${(value / size).toFixed(value < 10 * size ? 1 : 0)}${letter}`;
  }
  return value.toFixed(0);
};

/** How much is done, in words; whole frames are counted only when they are written. */
export const told = ({ unit, total, done, seconds }: Work): string => {
  const parts = [];
  if (done > 0 && total >= 0) parts.push(`${count(done)} of ${count(total)} ${unit}`);
  else if (done > 0 || total >= 0) parts.push(`${count(Math.max(done, total))} ${unit}`);
  if (done > 0 && seconds > 0 && unit === "rows") parts.push(`${short(done / seconds)} rows/s`);
  return [...parts, elapsed(seconds)].join(" · ");
};

const Bar = ({ work }: { work: Work }) => {
  const isKnown = work.total > 0 && work.done > 0;
  const percent = isKnown ? Math.min(100, Math.floor((100 * work.done) / work.total)) : undefined;
  return (
    <div
      class={percent === undefined ? "dk-track dk-unknown" : "dk-track"}
      role="progressbar"
      aria-label={work.title}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={percent === undefined ? told(work) : `${percent} %, ${told(work)}`}
    >
      <div class="dk-fill" style={percent === undefined ? {} : { width: `${percent}%` }} />
    </div>
  );
};

interface Shown {
  work: Work;
  isCancelling: boolean;
  cancel: () => void;
}

export const Card = ({ work, isCancelling, cancel }: Shown) =>
  work.line ? (
    <div class="dk-progress">{work.line}</div>
  ) : (
    <div class="dk-progress">
      <span class="dk-title">{work.title}</span>
      <Bar work={work} />
      <span class="dk-told">{told(work)}</span>
      <button type="button" title={SURE} onClick={cancel} disabled={isCancelling}>
        Cancel
      </button>
      <span class="dk-hint" role="status">
        {isCancelling ? `Cancelling … ${SURE}` : ""}
      </span>
    </div>
  );
