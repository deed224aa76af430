/** The schema explorer, as anywidget asks for it. */
import { render as draw } from "preact";
import { App } from "./app";
import { Kernel } from "./kernel";
import type { Connected, Model } from "./model";
import type { Figures } from "./protocol";
import { hideReport } from "./report";
import styles from "./theme.css";

interface Mounting {
  model: Model;
  el: HTMLElement;
  signal?: AbortSignal;
}

const render = ({ model, el, signal }: Mounting) => {
  const seen = new Map<number, Figures>();
  const see = () => {
    for (const [column, figures] of Object.entries(model.get("figures"))) {
      seen.set(Number(column), figures);
    }
  };
  see();
  model.on("change:figures", see);

  // JupyterLab listens at each field of a cell for Enter, and would keep it from our forms.
  el.addEventListener("beforeinput", (event) => event.stopPropagation(), true);

  const kernel = new Kernel(model, () => redraw());
  const shownReport = hideReport(model.get("report"));
  const redraw = () => {
    const connected: Connected = { model, kernel, seen };
    draw(
      <>
        <style>{styles}</style>
        <App connected={connected} />
      </>,
      el,
    );
  };
  redraw();

  const dispose = () => {
    draw(null, el);
    kernel.dispose();
    model.off("change:figures", see);
    shownReport();
  };
  signal?.addEventListener("abort", dispose);
  return dispose;
};

export default { render };
