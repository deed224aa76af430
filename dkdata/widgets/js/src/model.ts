import { createContext } from "preact";
import { useContext, useLayoutEffect, useReducer } from "preact/hooks";
import type { Kernel } from "./kernel";
import type { Figures, Traits } from "./protocol";

type Listener = (...told: never[]) => void;

/** What anywidget gives of a widget's model. */
export interface Model {
  get<K extends keyof Traits>(name: K): Traits[K];
  set<K extends keyof Traits>(name: K, value: Traits[K]): void;
  save_changes(): void;
  send(content: unknown): void;
  on(event: string, listener: Listener): void;
  off(event: string, listener: Listener): void;
  widget_manager?: { get_model?(id: string): Promise<{ comm_live?: boolean }> | undefined };
}

export interface Connected {
  model: Model;
  kernel: Kernel;
  seen: Map<number, Figures>; // of every column that this view has looked at
}

export const Connection = createContext<Connected>(null as unknown as Connected);

/** Draws the component anew whenever one of the events happens. */
export const useEvents = (model: Model, events: string): void => {
  const [, redraw] = useReducer((times: number) => times + 1, 0);
  useLayoutEffect(() => {
    const listener = () => redraw(undefined);
    const names = events.split(" ");
    for (const name of names) model.on(name, listener);
    return () => {
      for (const name of names) model.off(name, listener);
    };
  }, [model, events]);
};

/** The present value of a trait. */
export const useTrait = <K extends keyof Traits>(name: K): Traits[K] => {
  const { model } = useContext(Connection);
  useEvents(model, `change:${name}`);
  return model.get(name);
};

/** Sets traits that the page may set; without a kernel this view alone follows. */
export const setTraits = (model: Model, values: Partial<Traits>): void => {
  for (const [name, value] of Object.entries(values)) {
    model.set(name as keyof Traits, value as never);
  }
  try {
    model.save_changes();
  } catch {
    // The connection is lost, which the page tells elsewhere.
  }
};
