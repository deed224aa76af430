import type { Model } from "./model";
import type { Answers, Catalogue, RequestKind } from "./protocol";

const PATIENCE = 600; // milliseconds until the kernel is said to be busy

export type Connectedness = "live" | "saved" | "lost";

interface Wanted {
  body: object;
  answered(answer: never): void;
  failed(text: string): void;
}

/**
 * Asks the kernel: of each kind at most one request is under way, and of those wanted meanwhile only
 * the last one is sent. Edits are all sent, in order.
 */
export class Kernel {
  busy = false;
  forms: Catalogue | undefined; // told once
  connected: Connectedness = "live";
  readonly #model: Model;
  readonly #changed: () => void;
  readonly #sent = new Map<RequestKind, { id: number; wanted: Wanted }>();
  readonly #waiting = new Map<RequestKind, Wanted[]>();
  // Views of one model hear each other's answers: they have to tell them apart.
  #id = Math.floor(Math.random() * 2 ** 40) * 4096;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: Model, changed: () => void) {
    this.#model = model;
    this.#changed = changed;
    model.on("msg:custom", this.#hear);
    model.on("comm_live_update", this.#check);
    model.on("comm:close", this.#lose);
    void this.#check("saved");
  }

  /**
   * Asks, and gives the answer; fails with what the kernel says, or with an empty text where the
   * answer is no longer wanted.
   */
  ask<K extends RequestKind>(kind: K, body: object = {}): Promise<Answers[K]> {
    return new Promise((answered, failed) => {
      const wanted: Wanted = { body, answered, failed: (text) => failed(new Error(text)) };
      if (this.connected !== "live") {
        failed(new Error("There is no kernel to ask: run the cell again."));
      } else if (this.#sent.has(kind)) {
        const waiting = this.#waiting.get(kind) ?? [];
        if (kind !== "edit") for (const earlier of waiting.splice(0)) earlier.failed("");
        this.#waiting.set(kind, [...waiting, wanted]);
      } else {
        this.#send(kind, wanted);
      }
    });
  }

  /** Waits no longer for what was asked of a kind. */
  forget(kind: RequestKind): void {
    this.#sent.get(kind)?.wanted.failed("");
    for (const wanted of this.#waiting.get(kind) ?? []) wanted.failed("");
    this.#sent.delete(kind);
    this.#waiting.delete(kind);
    if (!this.#sent.size) this.#rest();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#model.off("msg:custom", this.#hear);
    this.#model.off("comm_live_update", this.#check);
    this.#model.off("comm:close", this.#lose);
  }

  #send(kind: RequestKind, wanted: Wanted): void {
    const id = ++this.#id;
    this.#sent.set(kind, { id, wanted });
    this.#expect();
    try {
      this.#model.send({ ...wanted.body, kind, id });
    } catch {
      this.#lose();
    }
  }

  #hear = (answer: { kind: string; id: number; text?: string }, buffers?: DataView[]): void => {
    const found = [...this.#sent].find(([, { id }]) => id === answer.id);
    if (!found) return;
    const [kind, { wanted }] = found;
    this.#sent.delete(kind);
    this.#rest();
    const next = this.#waiting.get(kind)?.shift();
    if (next) this.#send(kind, next);
    else if (this.#sent.size) this.#expect();
    if (answer.kind === "error") wanted.failed(answer.text ?? "");
    else wanted.answered({ ...answer, buffer: buffers?.[0] } as never);
  };

  /** Asks the notebook whether the model still has a kernel behind it. */
  #check = async (otherwise: unknown): Promise<void> => {
    const id = this.#model.get("report");
    try {
      const own = id ? await this.#model.widget_manager?.get_model?.(id) : undefined;
      if (own?.comm_live === false) this.#lose(otherwise === "saved" ? "saved" : "lost");
    } catch {
      // This notebook does not tell.
    }
  };

  #lose = (how?: unknown): void => {
    this.#rest();
    this.#tell({ busy: false, connected: how === "saved" ? "saved" : "lost" });
    for (const kind of [...this.#sent.keys()]) this.forget(kind);
  };

  #expect(): void {
    this.#timer ??= setTimeout(() => this.#tell({ busy: true }), PATIENCE);
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell({ busy: false });
  }

  #tell(state: { busy: boolean; connected?: Connectedness }): void {
    if (state.busy === this.busy && (state.connected ?? this.connected) === this.connected) return;
    Object.assign(this, state);
    this.#changed();
  }
}
