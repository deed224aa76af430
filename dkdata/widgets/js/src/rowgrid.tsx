/** The grid of all rows: of rows and of columns only those on screen are in the page. */
import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Cache } from "./cache";
import { useCellFocus, useSize } from "./focus";
import { type At, handled, moved } from "./keys";
import { useColumns, useSet, useTrait } from "./model";
import { clamped, range } from "./numbers";
import { Data, KindIcon } from "./parts";
import type { Kind } from "./protocol";
import { height, position, scaled, shifted, showing, type Track, top } from "./scroll";
import { sorted } from "./sorting";

const ROW = 24;
const HEAD = 26;
const WIDTHS: Record<Kind, number> = {
  integer: 84,
  number: 96,
  time: 148,
  boolean: 68,
  text: 150,
  other: 140,
};

interface Props {
  cache: Cache;
  rows: number;
  counted: boolean;
  order: readonly number[];
  target: At | null; // where to go, each time it is another one
  onSeen(from: number, end: number, columns: readonly number[]): void;
  onOpen(row: number, column: number): void;
}

/** The left edges of columns, and behind them the width of all. */
export const edges = (columns: readonly [name: string, kind: Kind][]): number[] => {
  const found = [0];
  columns.forEach(([name, kind], i) => {
    const wide = clamped(WIDTHS[kind], name.length * 8 + 66, 230);
    found.push((found[i] as number) + wide);
  });
  return found;
};

/** The last column whose left edge is not beyond an offset. */
export const columnAt = (lefts: readonly number[], offset: number): number => {
  let [low, high] = [0, lefts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lefts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** Numbers from one up to another, and one more if that is a number outside of them. */
const ranging = (from: number, end: number, more: number, all: number): number[] => {
  const found = range(from, end);
  if (more >= 0 && more < Math.min(from, all)) found.unshift(more);
  if (more >= end && more < all) found.push(more);
  return found;
};

export const RowGrid = ({ cache, rows, counted, order, target, onSeen, onOpen }: Props) => {
  const set = useSet();
  const { names, typeOf } = useColumns();
  const index = useTrait("index");
  const sort = useTrait("sort");
  const filters = useTrait("filters");
  const shown = useTrait("showing");
  const box = useRef<HTMLDivElement>(null);
  const { wanted, cellProps, onFocusOut } = useCellFocus(box);
  const [wide, high] = useSize(box);
  const [scroll, setScroll] = useState({ at: 0, left: 0 });
  const put = useRef(-1); // where the scroll bar was put, to tell that from a move of the user
  const labelled = useRef(56);
  const [at, setAt] = useState<At>([0, 1]);

  const kindOf = (i: number): Kind => typeOf(order[i] as number)[1];
  const lefts = useMemo(
    () => edges(order.map((column) => [names[column] ?? "", typeOf(column)[1]])),
    [order, names],
  );
  const track: Track = { rows, row: ROW, view: Math.max(ROW, high - HEAD) };
  const upper = shifted(scroll.at, 0, track);
  const from = Math.floor(upper);
  const end = Math.min(rows, Math.ceil(upper + track.view / ROW));
  const free = Math.max(0, wide - labelled.current);
  const firstColumn = Math.min(columnAt(lefts, scroll.left), order.length);
  const endColumn = Math.min(order.length, columnAt(lefts, scroll.left + free) + 1);
  const columns = order.slice(firstColumn, endColumn);
  const active: At = [clamped(-1, at[0], rows - 1), Math.min(at[1], order.length)];
  useEffect(() => onSeen(from, end, columns));

  const goTo = (next: number, left?: number) => {
    const element = box.current as HTMLDivElement;
    element.scrollTop = top(next, track);
    element.scrollLeft = left ?? element.scrollLeft;
    put.current = element.scrollTop;
    setScroll({ at: next, left: element.scrollLeft });
  };
  // Both at once: what waits would move to where one was before.
  useLayoutEffect(() => {
    // Of a new view with fewer rows, the scroll bar may already stand elsewhere.
    if (scroll.at !== upper) goTo(upper);
  }, [rows]);

  useLayoutEffect(() => {
    // Other rows, or another order of them, are read from the first one on.
    goTo(0);
    setAt(([row, column]) => [Math.min(row, 0), column]);
  }, [JSON.stringify([sort, filters, shown])]);

  // Where a pixel of the scroll bar is many rows, the wheel has to move by pixels of rows.
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const onWheel = (event: WheelEvent) => {
      if (!scaled(track) || event.shiftKey || event.ctrlKey || !event.deltaY) return;
      const next = shifted(scroll.at, event.deltaY / (event.deltaMode ? 1 : ROW), track);
      if (next === scroll.at) return;
      event.preventDefault();
      goTo(next, element.scrollLeft + event.deltaX);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  });

  /** Scrolls as little as shows a cell, or so that a row is in the middle, and makes it active. */
  const move = (next: At, middle = false) => {
    const [row, column] = next;
    const start = lefts[column - 1] ?? 0;
    const stop = lefts[column] ?? 0;
    const left = Math.min(start, Math.max(scroll.left, stop - free + 40));
    const centre = shifted(row - track.view / ROW / 3, 0, track);
    goTo(
      middle ? centre : row < 0 ? upper : showing(row, upper, track),
      column ? left : scroll.left,
    );
    wanted.current = true;
    setAt(next);
  };
  useEffect(() => {
    if (target) move([target[0], target[1] < 0 ? active[1] : order.indexOf(target[1]) + 1], true);
  }, [target]);

  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const page = Math.max(1, Math.floor(track.view / ROW) - 1);
    const next = moved(event, active, { first: -1, rows, columns: order.length + 1, page });
    const column = order[active[1] - 1];
    if (next) move(next);
    else if (event.key !== "Enter" && event.key !== " ") return;
    else if (column === undefined) return;
    else if (active[0] < 0) set({ sort: sorted(sort, column, event.shiftKey) });
    else onOpen(active[0], column);
    handled(event);
  };

  const drawn = ranging(from, end, active[0], rows);
  const across = ranging(firstColumn, endColumn, active[1] - 1, order.length);
  for (const row of drawn) {
    const text = cache.label(row, columns) ?? "";
    labelled.current = clamped(labelled.current, text.length * 8 + 22, 180);
  }
  const labels = labelled.current;
  const place = (i: number) => ({
    left: `${labels + (lefts[i] as number) - scroll.left}px`,
    width: `${(lefts[i + 1] as number) - (lefts[i] as number)}px`,
  });

  const head = (i: number) => {
    const column = order[i] as number;
    const key = sort.findIndex(([sorting]) => sorting === column);
    const down = sort[key]?.[1];
    return (
      <div
        key={column}
        role="columnheader"
        class="dk-cell dk-clip"
        style={place(i)}
        aria-sort={key < 0 ? "none" : down ? "descending" : "ascending"}
        title={`${names[column]?.slice(0, 300)} (${typeOf(column)[0]})`}
        {...cellProps([-1, i + 1], active, setAt)}
        onClick={(event) => set({ sort: sorted(sort, column, event.shiftKey) })}
      >
        {key >= 0 && (
          <b aria-hidden="true">
            {down ? "↓" : "↑"}
            {sort.length > 1 && key + 1}
          </b>
        )}
        <KindIcon kind={kindOf(i)} />
        <Data text={names[column] ?? ""} />
      </div>
    );
  };
  const cell = (row: number, i: number) => {
    const column = order[i] as number;
    const text = cache.cell(row, column);
    const marked = cache.marked(row, column);
    const right = /integer|number/.test(kindOf(i)) ? " dk-right" : "";
    return (
      <div
        key={column}
        role="gridcell"
        class={`dk-cell dk-clip${right}${marked ? " dk-marked" : ""}`}
        style={place(i)}
        {...cellProps([row, i + 1], active, setAt)}
        onDblClick={() => onOpen(row, column)}
      >
        {marked && (
          <>
            <span aria-hidden="true">✗ </span>
            <span class="dk-spoken">violates the rule: </span>
          </>
        )}
        {text === null ? <i class="dk-null">null</i> : text !== undefined && <Data text={text} />}
      </div>
    );
  };

  return (
    <div
      ref={box}
      class="dk-grid"
      role="grid"
      aria-label="Rows of the data"
      aria-rowcount={counted ? rows + 1 : -1}
      aria-colcount={order.length + 1}
      onKeyDown={onKeyDown}
      onFocusOut={onFocusOut}
      onScroll={({ currentTarget: { scrollTop, scrollLeft } }) => {
        const moved = Math.abs(scrollTop - put.current) >= 1;
        if (moved) put.current = -1;
        setScroll({ at: moved ? position(scrollTop, track) : scroll.at, left: scrollLeft });
      }}
    >
      <div
        style={{
          height: `${height(track) + HEAD}px`,
          width: `${labels + (lefts.at(-1) as number)}px`,
        }}
      >
        <div class="dk-pane" style={{ width: `${wide}px`, height: `${high}px` }}>
          <div role="row" aria-rowindex={1} class="dk-line dk-first">
            <div
              role="columnheader"
              class="dk-cell dk-clip dk-label"
              style={{ width: `${labels}px` }}
              {...cellProps([-1, 0], active, setAt)}
            >
              <Data text={index.filter(Boolean).join(", ") || "row"} long={40} />
            </div>
            {across.map(head)}
          </div>
          {drawn.map((row) => (
            <div
              key={row}
              role="row"
              aria-rowindex={row + 2}
              class="dk-line"
              style={{ top: `${HEAD + clamped(-99, (row - upper) * ROW, 9999)}px` }}
            >
              <div
                role="rowheader"
                class="dk-cell dk-clip dk-label"
                style={{ width: `${labels}px` }}
                {...cellProps([row, 0], active, setAt)}
              >
                <Data text={cache.label(row, columns) ?? "…"} long={60} />
              </div>
              {across.map((i) => cell(row, i))}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
};
