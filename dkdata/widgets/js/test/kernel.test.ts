import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as soon } from "node:timers/promises";
import { Kernel } from "../src/kernel";
import type { Model } from "../src/model";

type Sent = { kind: string; id: number } & Record<string, unknown>;

/** A model whose messages are kept, and answered by hand. */
const connected = (live?: boolean) => {
  const listeners = new Map<string, (...told: unknown[]) => void>();
  const sent: Sent[] = [];
  const state = { live, broken: false };
  const model = {
    get: () => "model",
    send: (message: Sent) => {
      if (state.broken) throw new Error("no comm");
      sent.push(message);
    },
    on: (event: string, listener: never) => listeners.set(event, listener),
    off: (event: string) => listeners.delete(event),
    widget_manager: { get_model: async () => ({ comm_live: state.live }) },
  } as unknown as Model;
  const kernel = new Kernel(model, () => {});
  const answer = (message: Sent, more: object = {}) =>
    listeners.get("msg:custom")?.({ kind: message.kind, id: message.id, ...more }, []);
  const last = () => sent.at(-1) as Sent;
  return { kernel, sent, answer, last, listeners, state };
};

test("of requests of a kind, one is under way and the last one follows", async () => {
  const { kernel, sent, answer, last } = connected();
  const failed: string[] = [];
  const asked = [1, 2, 3].map((row) =>
    kernel.ask("cell", { row }).catch((e) => failed.push(e.message)),
  );
  assert.deepEqual(
    sent.map(({ row }) => row),
    [1],
  );
  answer(last(), { text: "one" });
  assert.deepEqual(
    sent.map(({ row }) => row),
    [1, 3],
  );
  answer(last(), { text: "three" });
  await Promise.all(asked);
  assert.deepEqual(failed, [""]);
});

test("edits are all sent, in order", async () => {
  const { kernel, sent, answer, last } = connected();
  const asked = ["a", "b", "c"].map((key) => kernel.ask("edit", { action: "remove", key }));
  for (const _ of asked) answer(last(), { key: "" });
  await Promise.all(asked);
  assert.deepEqual(
    sent.map(({ key }) => key),
    ["a", "b", "c"],
  );
});

test("kinds do not wait for each other, and ids differ", () => {
  const { kernel, sent } = connected();
  kernel.ask("cell");
  kernel.ask("rows");
  assert.equal(new Set(sent.map(({ id }) => id)).size, 2);
  assert.ok(sent.every(({ id }) => Number.isSafeInteger(id)));
});

test("answers to other views are not heard", async () => {
  const { kernel, answer, last } = connected();
  const asked = kernel.ask("cell");
  answer({ ...last(), id: 1 }, { text: "of another" });
  answer(last(), { text: "mine" });
  assert.equal((await asked).text, "mine");
});

test("what the kernel refuses is told", async () => {
  const { kernel, answer, last } = connected();
  const asked = kernel.ask("save", { target: "" });
  answer({ ...last(), kind: "error" }, { text: "A name is needed." });
  await assert.rejects(asked, { message: "A name is needed." });
});

test("a kernel that does not answer is busy, until it does", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { kernel, answer, last } = connected();
  kernel.ask("cell");
  t.mock.timers.tick(599);
  assert.equal(kernel.busy, false);
  t.mock.timers.tick(1);
  assert.equal(kernel.busy, true);
  answer(last());
  assert.equal(kernel.busy, false);
});

test("a connection that ends fails what was asked, and says so", async () => {
  const { kernel, listeners, state } = connected(true);
  await soon();
  assert.equal(kernel.connected, "live");
  const asked = kernel.ask("cell");
  state.live = false;
  listeners.get("comm_live_update")?.();
  await assert.rejects(asked);
  assert.equal(kernel.connected, "lost");
  await assert.rejects(kernel.ask("cell"), /run the cell again/);
});

test("a saved widget has no kernel from the start", async () => {
  const { kernel } = connected(false);
  await soon();
  assert.equal(kernel.connected, "saved");
});

test("a message that cannot be sent is a lost connection", async () => {
  const { kernel, state } = connected();
  state.broken = true;
  await assert.rejects(kernel.ask("cell"));
  assert.equal(kernel.connected, "lost");
});
