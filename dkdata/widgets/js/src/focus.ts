/** Where the focus of a grid is, and how large the grid is. */
import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { At } from "./keys";

/** What has the focus, in the page or in the shadow tree that an element is in. */
export const focused = (within: Node | null): Element | null => {
  const root = within?.getRootNode() as Document | ShadowRoot | undefined;
  const element = root?.activeElement ?? null;
  return element === document.body ? null : element;
};

type Box = RefObject<HTMLElement | null>;

/**
 * Keeps the focus of a grid on its active cell: when that moves, when it is drawn anew, and when what
 * had the focus is gone.
 */
export const useCellFocus = (box: Box) => {
  const wanted = useRef(false);
  const within = () => {
    const now = focused(box.current);
    return box.current?.contains(now) ? now : null;
  };
  useLayoutEffect(() => {
    if (!wanted.current) return;
    const cell = box.current?.querySelector<HTMLElement>('.dk-cell[tabindex="0"]');
    const inside = within();
    const lost = inside ? inside.matches(".dk-cell") : !focused(box.current);
    if (lost && inside !== cell) cell?.focus({ preventScroll: true });
  });
  const onFocusOut = (event: FocusEvent) => {
    const left = event.target as Element;
    queueMicrotask(() => {
      if (left.isConnected && !within()) wanted.current = false;
    });
  };
  const cellProps = ([row, column]: At, active: At, setAt: (at: At) => void) => ({
    tabIndex: row === active[0] && column === active[1] ? 0 : -1,
    "aria-colindex": column + 1,
    onFocus: () => {
      wanted.current = true;
      if (row !== active[0] || column !== active[1]) setAt([row, column]);
    },
  });
  return { wanted, cellProps, onFocusOut };
};

/** The width and the height of an element, as they change. */
export const useSize = (box: Box): readonly [width: number, height: number] => {
  const [size, setSize] = useState<readonly [number, number]>([1000, 400]);
  useLayoutEffect(() => {
    const element = box.current as HTMLElement;
    const measure = () => setSize([element.clientWidth || 1000, element.clientHeight || 400]);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return size;
};
