/** Numbers from one up to another, which is not among them. */
export const range = (from: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - from) }, (_, i) => from + i);

/** The number between two that is nearest to one. */
export const clamped = (low: number, value: number, high: number): number =>
  Math.max(low, Math.min(high, value));
