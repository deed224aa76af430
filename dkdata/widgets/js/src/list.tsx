/** A grid of one kind of row, as long as it may be: only what is seen is in the page. */
import type { ComponentChildren, TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useCellFocus } from "./focus";
import { type At, handled, moved, typing } from "./keys";

const OVERSCAN = 3;

interface Props {
  label: string;
  heads: readonly string[];
  template: string; // of the columns, as CSS has it
  rows: number;
  row: number; // height
  keyOf(row: number): string;
  cells(row: number): ComponentChildren[];
  className?(row: number): string;
  chosen?: number | undefined; // the row that is selected
  onChoose(row: number, column: number): void;
  onKey?(event: KeyboardEvent, row: number): boolean;
  onSeen?(first: number, end: number): void;
}

export const List = (props: Props) => {
  const { rows, row: high, heads } = props;
  const box = useRef<HTMLDivElement>(null);
  const [scrolled, setScrolled] = useState(0);
  const [view, setView] = useState(400);
  const [at, setAt] = useState<At>([Math.max(0, props.chosen ?? 0), 0]);
  const { wanted, onFocusOut } = useCellFocus(box);
  const active: At = [Math.max(0, Math.min(at[0], rows - 1)), at[1]];

  useLayoutEffect(() => {
    const element = box.current as HTMLDivElement;
    const measure = () => setView(element.clientHeight || 400);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(scrolled / high) - OVERSCAN);
  const end = Math.min(rows, Math.ceil((scrolled + view) / high) + OVERSCAN);
  useEffect(() => {
    const top = Math.floor(scrolled / high);
    props.onSeen?.(Math.min(top, rows), Math.min(rows, Math.ceil((scrolled + view) / high)));
  });

  const go = (next: At) => {
    const element = box.current as HTMLDivElement;
    const head = element.querySelector<HTMLElement>(".dk-heads")?.offsetHeight ?? 0;
    const top = next[0] * high;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + high + head > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + high + head - element.clientHeight;
    }
    wanted.current = true;
    setAt(next);
  };

  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    if (typing(event) || !rows) return;
    const page = Math.max(1, Math.floor(view / high) - 1);
    const next = moved(event, active, { first: 0, rows, columns: heads.length, page });
    if (next) go(next);
    else if (props.onKey?.(event, active[0])) wanted.current = true;
    else if (event.key === "Enter" && !(event.target as Element).matches("button, input")) {
      props.onChoose(...active);
    } else return;
    handled(event);
  };

  const seen = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  if (rows && (active[0] < first || active[0] >= end)) seen.push(active[0]); // it keeps the focus

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
      <div role="row" class="dk-heads dk-row" aria-rowindex={1}>
        {heads.map((head, c) => (
          <div key={head} role="columnheader" aria-colindex={c + 1} class="dk-head">
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
            aria-selected={props.chosen === undefined ? undefined : props.chosen === r}
            class={`dk-row ${props.className?.(r) ?? ""}`}
            style={{ top: `${r * high}px`, height: `${high}px` }}
          >
            {props.cells(r).map((content, c) => (
              <div
                key={heads[c]}
                role={c === 0 ? "rowheader" : "gridcell"}
                aria-colindex={c + 1}
                class="dk-cell"
                tabIndex={r === active[0] && c === active[1] ? 0 : -1}
                onFocus={() => {
                  wanted.current = true;
                  if (r !== active[0] || c !== active[1]) setAt([r, c]);
                }}
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
