/** Bounds of rules: between pixels of a histogram, numbers, and how they are written. */
import { clamped } from "./numbers";
import type { Bins, Scale } from "./protocol";

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const TIME_STEPS = [1, SECOND, 60 * SECOND, 3600 * SECOND, DAY];

/** The step to which a dragged bound is rounded: about a pixel, and easy to read. */
export const step = (span: number, pixels: number, scale: Scale): number => {
  const pixel = Math.abs(span) / Math.max(1, pixels);
  if (scale === "date") return DAY;
  if (scale === "time") return TIME_STEPS.findLast((size) => size <= pixel) ?? 1;
  const power = 10 ** Math.floor(Math.log10(pixel || 1));
  return scale === "integer" ? Math.max(1, power) : power;
};

/** A bound rounded to a step, without what binary fractions add. */
export const rounded = (value: number, size: number): number => {
  const near = Math.round(value / size) * size;
  const digits = clamped(0, -Math.floor(Math.log10(size)), 20);
  return Number(near.toFixed(digits));
};

/** A bound as rules and filters have it: a number, or the text of a time. */
export const written = (value: number, scale: Scale, zone: boolean): number | string => {
  if (scale === "integer" || scale === "number") return value;
  const text = new Date(value).toISOString();
  if (scale === "date") return text.slice(0, 10);
  const whole = text.endsWith(".000Z") ? text.slice(0, 19) : text.slice(0, -1);
  return zone ? `${whole}Z` : whole;
};

/** Where a bound of a rule is on the scale of the histogram; undefined if it is nowhere. */
export const placed = (bound: unknown, scale: Scale): number | undefined => {
  if (typeof bound === "number") return Number.isFinite(bound) ? bound : undefined;
  if (typeof bound !== "string" || bound.trim() === "") return undefined;
  if (scale === "integer" || scale === "number") return finite(Number(bound));
  const text = bound.trim().replace(" ", "T");
  const zoned = /Z$|[+-]\d\d:?\d\d$/.test(text);
  return finite(Date.parse(zoned ? text : text.includes("T") ? `${text}Z` : text));
};

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

/** What was typed as a bound: nothing, a number where the column has numbers, or the text. */
export const typed = (text: string, scale: Scale | undefined): number | string | null => {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (scale === "date" || scale === "time") return trimmed;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : trimmed;
};

export const TOO_LARGE = "is too large to be kept exact here: set it in Python";

/** Whether a number is whole, and beyond 2^53: there JavaScript rounds. */
export const isRounded = (value: unknown): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value);

/** Whether a whole number would not arrive as it was typed; "1e300" is not meant to the last digit. */
export const isTooLarge = (text: string): boolean =>
  isRounded(Number(text)) && !/^[^x]*e/i.test(text);

/** A histogram told in one sentence. */
export const summary = (bins: Bins): string => {
  const most = bins.counts.indexOf(Math.max(...bins.counts));
  const third = Math.floor((3 * (most + 0.5)) / bins.counts.length);
  const where = ["at the lower end", "in the middle", "at the upper end"][third];
  return `Histogram of ${bins.of}s from ${bins.low_text} to ${bins.high_text}, most ${where}`;
};
