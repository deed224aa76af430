/** A grid of one kind of row, as long as it may be: only what is seen is in the page. */
import type { ComponentChildren, TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useCellFocus, useSize } from "./focus";
import { type At, handled, moved, typing } from "./keys";
import { clamped, range } from "./numbers";

const OVERSCAN = 3;
const HEAD = 22;

interface Props {
  label: string;
  heads: readonly string[];
  template: string; // of the columns, as CSS has it
  rows: number;
  row: number; // height
  keyOf(row: number): string;
  cells(row: number): ComponentChildren[];
  className?(row: number): string;
  chosen?: number; // the row that is selected
  onChoose(row: number, column: number): void;
  onKey?(event: KeyboardEvent, row: number): boolean;
  onSeen?(first: number, end: number): void;
}

export const List = (props: Props) => {
  const { rows, row: high, heads, chosen } = props;
  const box = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const view = useSize(box)[1];
  const [at, setAt] = useState<At>([Math.max(0, chosen ?? 0), 0]);
  const { wanted, cellProps, onFocusOut } = useCellFocus(box);
  const active: At = [clamped(0, at[0], rows - 1), at[1]];

  const top = Math.floor(scrolled / high);
  const bottom = Math.min(rows, Math.ceil((scrolled + view) / high));
  const first = Math.max(0, top - OVERSCAN);
  const end = Math.min(rows, bottom + OVERSCAN);
  useEffect(() => props.onSeen?.(Math.min(top, rows), bottom));

  const go = (next: At) => {
    const element = box.current as HTMLDivElement;
    const lowest = (next[0] + 1) * high + HEAD - element.clientHeight;
    element.scrollTop = clamped(lowest, element.scrollTop, next[0] * high);
    wanted.current = true;
    setAt(next);
  };
  useLayoutEffect(() => {
    if (chosen !== undefined && chosen >= 0 && !wanted.current) setAt([chosen, 0]);
  }, [chosen]);

  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    if (typing(event) || !rows) return;
    const page = Math.max(1, Math.floor(view / high) - 1);
    const next = moved(event, active, { first: 0, rows, columns: heads.length, page });
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (next) go(next);
    else if (plain && props.onKey?.(event, active[0])) wanted.current = true;
    else if (event.key === "Enter" && !(event.target as Element).matches("button, input")) {
      props.onChoose(...active);
    } else return;
    handled(event);
  };

  const seen = range(first, end);
  if (rows && active[0] < first) seen.unshift(active[0]); // it keeps the focus
  if (rows && active[0] >= end) seen.push(active[0]);

  return (
    <div
      ref={box}
      class="dk-list"
      role="grid"
      aria-label={props.label}
      aria-rowcount={rows + 1}
      aria-colcount={heads.length}
      style={{ "--dk-template": props.template }}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
      onFocusOut={onFocusOut}
    >
      <div role="row" class="dk-heads dk-row dk-dim dk-small" aria-rowindex={1}>
        {heads.map((head, c) => (
          <div key={head} role="columnheader" aria-colindex={c + 1}>
            {head}
          </div>
        ))}
      </div>
      <div role="rowgroup" class="dk-body" style={{ height: `${rows * high}px` }}>
        {seen.map((r) => (
          <div
            key={props.keyOf(r)}
            role="row"
            aria-rowindex={r + 2}
            aria-selected={chosen === undefined ? undefined : chosen === r}
            class={`dk-row ${chosen === r ? "dk-chosen" : ""} ${props.className?.(r) ?? ""}`}
            style={{ top: `${r * high}px`, height: `${high}px` }}
          >
            {props.cells(r).map((content, c) => (
              <div
                key={heads[c]}
                role={c ? "gridcell" : "rowheader"}
                class="dk-cell"
                {...cellProps([r, c], active, setAt)}
                onClick={(event) => {
                  if (!(event.target as Element).closest("button, input")) props.onChoose(r, c);
                }}
              >
                {content}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
};
