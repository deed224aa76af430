/** Scrolling through more rows than a browser can make an element high. */

import { clamped } from "./numbers";

const HIGHEST = 8_000_000; // pixels; Firefox stops at 17 million, Chromium at 33 million

export interface Track {
  rows: number;
  row: number; // height of one row
  view: number; // height of what is seen
}

/** How high the scrolled element is. */
export const height = ({ rows, row }: Track): number => Math.min(rows * row, HIGHEST);

/** Whether a pixel of the scroll bar stands for more than a pixel of rows. */
export const scaled = ({ rows, row }: Track): boolean => rows * row > HIGHEST;

/** The last position at which the view is full, in rows. */
export const last = ({ rows, row, view }: Track): number => Math.max(0, rows - view / row);

const reach = (track: Track): number => Math.max(1, height(track) - track.view);

/** The position, in rows, at the upper edge of the view. */
export const position = (top: number, track: Track): number =>
  scaled(track) ? (Math.min(top, reach(track)) / reach(track)) * last(track) : top / track.row;

/** Where the scroll bar stands at a position. */
export const top = (at: number, track: Track): number =>
  scaled(track) ? (at / last(track)) * reach(track) : at * track.row;

/** The position after a move, within the rows. */
export const shifted = (at: number, by: number, track: Track): number =>
  clamped(0, at + by, last(track));

/** The nearest position at which a row is seen whole. */
export const showing = (wanted: number, at: number, track: Track): number => {
  const seen = Math.floor(track.view / track.row);
  if (wanted < at) return shifted(wanted, 0, track);
  if (wanted > at + seen - 1) return shifted(wanted - seen + 1, 0, track);
  return at;
};
