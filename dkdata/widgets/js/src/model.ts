import { createContext } from "preact";
import { useContext, useLayoutEffect, useReducer } from "preact/hooks";
import type { Kernel } from "./kernel";
import type { Figures, Kind, Traits } from "./protocol";

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

/** The present value of a trait. */
export const useTrait = <K extends keyof Traits>(name: K): Traits[K] => {
  const { model } = useContext(Connection);
  const [, redraw] = useReducer((times: number, _: null) => times + 1, 0);
  useLayoutEffect(() => {
    const event = `change:${name}`;
    const listener = () => redraw(null);
    model.on(event, listener);
    return () => model.off(event, listener);
  }, [model]);
  return model.get(name);
};

/** The names of the columns, and what each of them holds. */
export const useColumns = () => {
  const { names, type, types } = useTrait("columns");
  const typeOf = (column: number): readonly [text: string, kind: Kind, nullable: boolean] =>
    types[type[column] ?? -1] ?? ["", "other", true];
  return { names, typeOf };
};

/** Gives what sets traits; without a kernel this view alone follows. */
export const useSet = (): ((values: Partial<Traits>) => void) => {
  const { model } = useContext(Connection);
  return (values) => {
    for (const [name, value] of Object.entries(values)) {
      model.set(name as keyof Traits, value as never);
    }
    try {
      model.save_changes();
    } catch {
      // The connection is lost, which the page tells elsewhere.
    }
  };
};
