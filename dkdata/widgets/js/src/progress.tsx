/** The progress card: how far long work is, and a button that cancels it. */
import { render as draw } from "preact";
import { announce } from "./announce";
import { Card, type Work } from "./card";
import styles from "./progress.css";

interface Model {
  get(name: "work"): Work;
  on(name: string, call: () => void): void;
  off(name: string, call: () => void): void;
  send(content: object): void;
}

interface Mounting {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

const PATIENCE = 3_000; // after which one may press again: an interrupt can get lost

const render = ({ model, el, signal }: Mounting) => {
  let isCancelling = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const redraw = () => {
    const work = model.get("work");
    draw(
      <>
        <style>{styles}</style>
        <Card work={work} isCancelling={isCancelling} cancel={cancel} />
      </>,
      el,
    );
    if (work.line) announce(work.line);
  };
  const cancel = () => {
    isCancelling = true;
    model.send({ kind: "cancel" });
    redraw();
    waiting = setTimeout(() => {
      isCancelling = false;
      redraw();
    }, PATIENCE);
  };
  redraw();
  model.on("change:work", redraw);

  const dispose = () => {
    clearTimeout(waiting);
    draw(null, el);
    model.off("change:work", redraw);
  };
  signal?.addEventListener("abort", dispose);
  return dispose;
};

export default { render };
