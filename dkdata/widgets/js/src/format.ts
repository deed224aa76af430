/** How numbers are told: short, and the same in every browser's language. */

const GROUPED = new Intl.NumberFormat("en-US");

/** `1234567` as `1,234,567`; an unknown number as `…`. */
export const count = (value: number | null | undefined): string =>
  value === null || value === undefined || value < 0 ? "…" : GROUPED.format(value);

/** A share in percent, never rounded to 0 % or 100 % when it is not that. */
export const share = (part: number, whole: number): string => {
  if (whole <= 0 || part <= 0) return "0 %";
  if (part >= whole) return "100 %";
  const percent = (100 * part) / whole;
  if (percent < 0.1) return "< 0.1 %";
  if (percent > 99.9) return "> 99.9 %";
  return `${percent < 10 ? percent.toFixed(1) : Math.floor(percent)} %`;
};

/** `1 row`, `2 rows`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
