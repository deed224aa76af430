/** The grid of all rows: of rows and of columns only those on screen are in the page. */
import type { TargetedKeyboardEvent } from "preact";
import { useContext, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Cache } from "./cache";
import { useCellFocus } from "./focus";
import { type At, handled, moved } from "./keys";
import { Connection, setTraits, useTrait } from "./model";
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
  target: { row: number } | null; // where to go, each time it is another object
  onSeen(from: number, end: number, columns: readonly number[]): void;
  onOpen(row: number, column: number): void;
}

/** The left edges of the columns, and behind them the width of all. */
export const edges = (names: readonly string[], kinds: readonly Kind[]): number[] => {
  const found = [0];
  names.forEach((name, i) => {
    const wide = Math.max(WIDTHS[kinds[i] ?? "other"], Math.min(230, name.length * 7.5 + 52));
    found.push((found[i] as number) + wide);
  });
  return found;
};

/** The first edge beyond an offset, less one: the column that is there. */
const columnAt = (lefts: readonly number[], offset: number): number => {
  let [low, high] = [0, lefts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lefts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
};

export const RowGrid = ({ cache, rows, counted, order, target, onSeen, onOpen }: Props) => {
  const { model } = useContext(Connection);
  const { names, type, types } = useTrait("columns");
  const index = useTrait("index");
  const sort = useTrait("sort");
  const box = useRef<HTMLDivElement>(null);
  const { wanted, onFocusOut } = useCellFocus(box);
  const [size, setSize] = useState({ wide: 600, high: 400 });
  const [scroll, setScroll] = useState({ at: 0, left: 0 });
  const put = useRef(-1); // where the scroll bar was put, to tell that from a move of the user
  const labelled = useRef(56);
  const [at, setAt] = useState<At>([0, 1]);

  const kinds = order.map((column) => types[type[column] ?? -1]?.[1] ?? "other");
  const lefts = edges(
    order.map((column) => names[column] ?? ""),
    kinds,
  );
  const track: Track = { rows, row: ROW, view: Math.max(ROW, size.high - HEAD) };
  const from = Math.max(0, Math.floor(shifted(scroll.at, 0, track)));
  const upper = shifted(scroll.at, 0, track);
  const end = Math.min(rows, Math.ceil(upper + track.view / ROW));
  const firstColumn = Math.min(columnAt(lefts, scroll.left), order.length);
  const free = Math.max(0, size.wide - labelled.current);
  const endColumn = Math.min(order.length, columnAt(lefts, scroll.left + free) + 1);
  const columns = order.slice(firstColumn, endColumn);
  const active: At = [
    Math.max(-1, Math.min(at[0], rows - 1)),
    Math.max(0, Math.min(at[1], order.length)),
  ];

  const measure = () => {
    const element = box.current as HTMLDivElement;
    setSize({ wide: element.clientWidth || 600, high: element.clientHeight || 400 });
  };
  useLayoutEffect(() => {
    const observer = new ResizeObserver(measure);
    observer.observe(box.current as HTMLDivElement);
    measure();
    return () => observer.disconnect();
  }, []);
  useEffect(() => onSeen(from, end, columns));

  const goTo = (next: number, left = scroll.left) => {
    const element = box.current as HTMLDivElement;
    element.scrollTop = top(next, track);
    element.scrollLeft = left;
    put.current = element.scrollTop;
    setScroll({ at: next, left: element.scrollLeft });
  };
  useEffect(() => {
    if (!target) return;
    setAt([target.row, active[1]]);
    goTo(shifted(target.row - track.view / ROW / 3, 0, track));
    wanted.current = true;
  }, [target]);
  useEffect(() => {
    // Of a new view with fewer rows, the scroll bar may already stand elsewhere.
    if (scroll.at !== shifted(scroll.at, 0, track)) goTo(shifted(scroll.at, 0, track));
  }, [rows]);

  // Where a pixel of the scroll bar is many rows, the wheel has to move by pixels of rows.
  useEffect(() => {
    const element = box.current as HTMLDivElement;
    const onWheel = (event: WheelEvent) => {
      if (!scaled(track) || event.shiftKey || event.ctrlKey || !event.deltaY) return;
      const rowsMoved = event.deltaMode ? event.deltaY : event.deltaY / ROW;
      const next = shifted(scroll.at, rowsMoved, track);
      if (next === scroll.at) return;
      event.preventDefault();
      goTo(next, element.scrollLeft + event.deltaX);
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  });

  const move = (next: At) => {
    const [row, column] = next;
    const start = lefts[column - 1] ?? 0;
    const stop = lefts[column] ?? 0;
    let left = scroll.left;
    if (column > 0 && start < left) left = start;
    else if (column > 0 && stop > left + free) left = Math.min(start, stop - free);
    goTo(row < 0 ? scroll.at : showing(row, upper, track), left);
    wanted.current = true;
    setAt(next);
  };

  const sortBy = (column: number | undefined, adding: boolean) => {
    if (column !== undefined) setTraits(model, { sort: sorted(sort, column, adding) });
  };

  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>) => {
    const page = Math.max(1, Math.floor(track.view / ROW) - 1);
    const next = moved(event, active, { first: -1, rows, columns: order.length + 1, page });
    const column = order[active[1] - 1];
    if (next) move(next);
    else if (event.key !== "Enter" && event.key !== " ") return;
    else if (active[0] < 0) sortBy(column, event.shiftKey);
    else if (column !== undefined) onOpen(active[0], column);
    handled(event);
  };

  const drawn = Array.from({ length: Math.max(0, end - from) }, (_, i) => from + i);
  if (active[0] >= 0 && (active[0] < from || active[0] >= end)) drawn.push(active[0]);
  const across = columns.map((_, i) => firstColumn + i);
  const c = active[1] - 1;
  if (c >= 0 && c < order.length && (c < firstColumn || c >= endColumn)) across.push(c);
  for (const row of drawn) {
    const text = cache.label(row, columns) ?? "";
    labelled.current = Math.max(labelled.current, Math.min(180, text.length * 7.2 + 20));
  }
  const labels = labelled.current;
  const named = index.filter((name) => name !== "").join(", ");
  const attributes = (row: number, column: number) => ({
    tabIndex: row === active[0] && column === active[1] ? 0 : -1,
    "aria-colindex": column + 1,
    onFocus: () => {
      wanted.current = true;
      if (row !== active[0] || column !== active[1]) setAt([row, column]);
    },
  });
  const place = (i: number) => ({
    left: `${labels + (lefts[i] as number) - scroll.left}px`,
    width: `${(lefts[i + 1] as number) - (lefts[i] as number)}px`,
  });

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
        role="presentation"
        style={{
          height: `${height(track) + HEAD}px`,
          width: `${labels + (lefts.at(-1) as number)}px`,
        }}
      >
        <div
          role="presentation"
          class="dk-pane"
          style={{ width: `${size.wide}px`, height: `${size.high}px` }}
        >
          <div
            role="row"
            aria-rowindex={1}
            class="dk-line dk-top-line"
            style={{ height: `${HEAD}px` }}
          >
            <div
              role="columnheader"
              class="dk-cell dk-label"
              style={{ width: `${labels}px` }}
              {...attributes(-1, 0)}
            >
              {named ? <Data text={named} long={40} /> : <span class="dk-spoken">row label</span>}
            </div>
            {across.map((i) => {
              const column = order[i] as number;
              const key = sort.findIndex(([sorting]) => sorting === column);
              const down = sort[key]?.[1];
              return (
                <div
                  key={column}
                  role="columnheader"
                  class="dk-cell dk-sortable"
                  style={place(i)}
                  aria-sort={key < 0 ? "none" : down ? "descending" : "ascending"}
                  title={`${names[column]?.slice(0, 300)} (${types[type[column] ?? -1]?.[0]})`}
                  {...attributes(-1, i + 1)}
                  onClick={(event) => sortBy(column, event.shiftKey)}
                >
                  <KindIcon kind={kinds[i] as Kind} />
                  <Data text={names[column] ?? ""} />
                  {key >= 0 && (
                    <b aria-hidden="true">
                      {down ? "↓" : "↑"}
                      {sort.length > 1 && key + 1}
                    </b>
                  )}
                </div>
              );
            })}
          </div>
          {drawn.map((row) => (
            <div
              key={row}
              role="row"
              aria-rowindex={row + 2}
              class="dk-line"
              style={{ top: `${HEAD + Math.max(-99, Math.min(9999, (row - upper) * ROW))}px` }}
            >
              <div
                role="rowheader"
                class="dk-cell dk-label"
                style={{ width: `${labels}px` }}
                {...attributes(row, 0)}
              >
                <Data text={cache.label(row, columns) ?? "…"} long={60} />
              </div>
              {across.map((i) => {
                const column = order[i] as number;
                const text = cache.cell(row, column);
                const marked = cache.marked(row, column);
                const right = kinds[i] === "integer" || kinds[i] === "number";
                return (
                  <div
                    key={column}
                    role="gridcell"
                    class={`dk-cell${right ? " dk-right" : ""}${marked ? " dk-marked" : ""}`}
                    style={place(i)}
                    {...attributes(row, i + 1)}
                    onDblClick={() => onOpen(row, column)}
                  >
                    {marked && (
                      <>
                        <span aria-hidden="true">✗ </span>
                        <span class="dk-spoken">violates the rule: </span>
                      </>
                    )}
                    {text === undefined ? (
                      ""
                    ) : text === null ? (
                      <i class="dk-null">null</i>
                    ) : (
                      <Data text={text} />
                    )}
                  </div>
                );
              })}
            </div>
          ))}
        </div>
      </div>
      {rows === 0 && counted && <p class="dk-empty">No rows here.</p>}
    </div>
  );
};
