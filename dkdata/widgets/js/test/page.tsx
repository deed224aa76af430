/** A page to draw into, for tests of what is drawn. */
import { Window } from "happy-dom";

const window = new Window();
for (const name of ["document", "SVGElement", "HTMLElement", "Event", "CSS", "Node"] as const) {
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
}

/** A new element in the page. */
export const place = (): HTMLElement => {
  const element = document.createElement("div");
  document.body.replaceChildren(element);
  return element;
};

/** After what was changed is drawn, and effects that may wait have run. */
export const settled = (): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, 150);
  });
