import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Window } from "happy-dom";
import { announce } from "../src/announce";
import { elapsed, short, told, type Work } from "../src/card";
import progress from "../src/progress";

const WORK: Work = { title: "saving to orders", unit: "rows", total: -1, done: 0, seconds: 2 };
const page = new Window();
Object.assign(globalThis, { window: page, document: page.document });

/** A model as anywidget gives it. */
class Model {
  sent: object[] = [];
  private calls = new Set<() => void>();
  constructor(private work: Work) {}
  get() {
    return this.work;
  }
  on(_: string, call: () => void) {
    this.calls.add(call);
  }
  off(_: string, call: () => void) {
    this.calls.delete(call);
  }
  send(content: object) {
    this.sent.push(content);
  }
  put(change: Partial<Work>) {
    this.work = { ...this.work, ...change };
    for (const call of this.calls) call();
  }
  get listeners() {
    return this.calls.size;
  }
}

let el: HTMLElement;
beforeEach(() => {
  el = document.createElement("div");
  document.body.append(el);
});
afterEach(() => document.body.replaceChildren());

const shown = (work: Partial<Work>) => {
  const model = new Model({ ...WORK, ...work });
  const dispose = progress.render({ model, el });
  return { model, dispose };
};
const bar = () => el.querySelector("[role=progressbar]");
const button = () => el.querySelector("button");

test("durations and rates are short", () => {
  assert.deepEqual([0, 59.9, 60, 3725].map(elapsed), ["0 s", "59 s", "1:00", "1:02:05"]);
  const rates = [12, 1_500, 238_000, 4_200_000, 1e10].map(short);
  assert.deepEqual(rates, ["12", "1.5 k", "238 k", "4.2 M", "10 G"]);
});

test("what is told depends on what is known", () => {
  assert.equal(told(WORK), "2 s");
  assert.equal(told({ ...WORK, total: 9_000 }), "9,000 rows · 2 s");
  assert.equal(told({ ...WORK, done: 500 }), "500 rows · 250 rows/s · 2 s");
  assert.equal(told({ ...WORK, done: 500, total: 9_000 }), "500 of 9,000 rows · 250 rows/s · 2 s");
  const rules = { ...WORK, unit: "rules", done: 3, total: 7 };
  assert.equal(told(rules), "3 of 7 rules · 2 s");
});

test("the bar has a value when the total is known", () => {
  const { model } = shown({ done: 500, total: 2_000 });
  assert.equal(bar()?.getAttribute("aria-valuenow"), "25");
  assert.equal(bar()?.getAttribute("aria-label"), "saving to orders");
  model.put({ done: 1_999 });
  assert.equal(bar()?.getAttribute("aria-valuenow"), "99");
});

test("the bar has no value while nothing is known", () => {
  shown({ done: 500 });
  assert.equal(bar()?.hasAttribute("aria-valuenow"), false);
  assert.equal(bar()?.getAttribute("aria-valuetext"), "500 rows · 250 rows/s · 2 s");
  assert.equal(bar()?.classList.contains("dk-unknown"), true);
});

test("Cancel is sent once in a while, and the sure way is told", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { model } = shown({});
  assert.match(button()?.title ?? "", /interrupt \(■\) always/);
  button()?.click();
  button()?.click();
  assert.deepEqual(model.sent, [{ kind: "cancel" }]);
  assert.equal(button()?.disabled, true);
  assert.match(el.querySelector("[role=status]")?.textContent ?? "", /^Cancelling/);
  context.mock.timers.tick(3_000);
  assert.equal(button()?.disabled, false);
});

test("at the end there is the line, and nothing to press", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { model } = shown({});
  model.put({ line: "saved 9 rows -> orders in 2.1 s" });
  assert.equal(el.querySelector(".dk-progress")?.textContent, "saved 9 rows -> orders in 2.1 s");
  assert.equal(button(), null);
});

test("titles are text, whatever they hold", () => {
  shown({ title: "saving to <img src=x onerror=alert(1)>" });
  assert.equal(el.querySelector("img"), null);
});

test("a card that goes listens no more", () => {
  const { model, dispose } = shown({});
  dispose();
  assert.equal(model.listeners, 0);
  assert.equal(el.textContent, "");
});

test("the end is announced outside of the card, which is gone by then", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  announce("saved 9 rows");
  const region = document.body.querySelector("[aria-live=polite]");
  context.mock.timers.tick(100);
  assert.equal(region?.textContent, "saved 9 rows");
  context.mock.timers.tick(5_000);
  assert.equal(document.body.querySelector("[aria-live=polite]"), null);
});
