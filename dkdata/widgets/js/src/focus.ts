import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** What has the focus, in the page or in the shadow tree that an element is in. */
export const focused = (within: Node | null): Element | null => {
  const root = within?.getRootNode() as Document | ShadowRoot | undefined;
  const element = root?.activeElement ?? null;
  return element === document.body ? null : element;
};

/**
 * Keeps the focus of a grid on its active cell: when that moves, when it is drawn anew, and when what
 * had the focus is gone.
 */
export const useCellFocus = (box: RefObject<HTMLElement | null>) => {
  const wanted = useRef(false);
  useLayoutEffect(() => {
    if (!wanted.current) return;
    const cell = box.current?.querySelector<HTMLElement>('.dk-cell[tabindex="0"]');
    const now = focused(box.current);
    const elsewhere = now && !(box.current?.contains(now) && now.matches(".dk-cell"));
    if (!elsewhere && now !== cell) cell?.focus({ preventScroll: true });
  });
  const onFocusOut = (event: FocusEvent) => {
    const left = event.target as Element;
    queueMicrotask(() => {
      if (left.isConnected) wanted.current = false;
    });
  };
  return { wanted, onFocusOut };
};
