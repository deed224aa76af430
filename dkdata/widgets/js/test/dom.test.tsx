import assert from "node:assert/strict";
import { test } from "node:test";
import { type ComponentChildren, createContext, Fragment, render } from "preact";
import {
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "preact/hooks";
import { place, settled } from "./page";

test("elements, texts and attributes are drawn, and drawn anew in place", () => {
  const into = place();
  const draw = (label: string | undefined, on: boolean, text: ComponentChildren) =>
    render(
      <p aria-label={label} aria-pressed={on} class="x" style={{ width: `${label}px`, "--a": "b" }}>
        {text}
        {null}
        {on && <b>!</b>}
      </p>,
      into,
    );
  draw("1", false, 5);
  const p = into.firstChild as HTMLElement;
  assert.equal(p.textContent, "5");
  assert.equal(p.getAttribute("aria-pressed"), "false");
  assert.equal(p.style.getPropertyValue("--a"), "b");
  draw(undefined, true, "six");
  assert.equal(into.firstChild, p);
  assert.equal(p.textContent, "six!");
  assert.equal(p.hasAttribute("aria-label"), false);
  assert.equal(p.getAttribute("aria-pressed"), "true");
  render(null, into);
  assert.equal(into.innerHTML, "");
});

test("elements follow their keys, and those that stay are not moved", () => {
  const into = place();
  const draw = (keys: string[]) =>
    render(
      <ul>
        <li>head</li>
        {keys.map((key) => (
          <li key={key}>{key}</li>
        ))}
        <li>foot</li>
      </ul>,
      into,
    );
  draw(["a", "b", "c"]);
  const item = (text: string) =>
    [...into.querySelectorAll("li")].find((one) => one.textContent === text);
  const [b, c, foot] = [item("b"), item("c"), item("foot")];
  draw(["b", "c", "d"]);
  assert.equal(into.textContent, "headbcdfoot");
  assert.deepEqual([item("b"), item("c"), item("foot")], [b, c, foot]);
  draw(["d", "c", "b"]);
  assert.equal(into.textContent, "headdcbfoot");
  assert.equal(item("c"), c);
  draw([]);
  assert.equal(into.textContent, "headfoot");
  assert.equal(item("foot"), foot);
});

test("a component changes in place, between others", async () => {
  const into = place();
  let more: () => void = () => {};
  const Several = () => {
    const [n, setN] = useState(0);
    more = () => setN((before) => before + 1);
    return (
      <>
        {Array.from({ length: n }, (_, i) => (
          <i key={i}>{i}</i>
        ))}
      </>
    );
  };
  render(
    <div>
      <b>before</b>
      <Several />
      <b>after</b>
    </div>,
    into,
  );
  assert.equal(into.textContent, "beforeafter");
  more();
  more();
  await settled();
  assert.equal(into.textContent, "before01after");
});

test("what is typed stays until the state says otherwise", async () => {
  const into = place();
  const Field = () => {
    const [text, setText] = useState("a");
    return (
      <input value={text} onInput={(event) => setText(event.currentTarget.value.slice(0, 3))} />
    );
  };
  render(<Field />, into);
  const input = into.firstChild as HTMLInputElement;
  assert.equal(input.value, "a");
  input.value = "abcdef";
  input.dispatchEvent(new Event("input"));
  await settled();
  assert.equal(input.value, "abc");
  input.value = "abcx"; // state stays "abc": nothing is drawn
  input.dispatchEvent(new Event("input"));
  await settled();
  assert.equal(into.firstChild, input);
});

test("a choice is made among options that are drawn with it", () => {
  const into = place();
  const draw = (options: string[], value: string) =>
    render(
      <select value={value}>
        {options.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>,
      into,
    );
  draw(["a", "b"], "b");
  assert.equal((into.firstChild as HTMLSelectElement).value, "b");
  draw(["a", "b", "c"], "c");
  assert.equal((into.firstChild as HTMLSelectElement).value, "c");
});

test("effects run when what they depend on changes, and are cleaned up", async () => {
  const into = place();
  const told: string[] = [];
  const Inner = ({ n }: { n: number }) => {
    useEffect(() => {
      told.push(`effect ${n}`);
      return () => told.push(`clean ${n}`);
    }, [n]);
    useLayoutEffect(() => void told.push(`layout ${n}`));
    return <p>{n}</p>;
  };
  const draw = (n: number) => render(<Inner n={n} />, into);
  draw(1);
  await settled();
  draw(1);
  await settled();
  draw(2);
  await settled();
  render(null, into);
  await settled();
  assert.deepEqual(told, [
    "layout 1",
    "effect 1",
    "layout 1",
    "layout 2",
    "clean 1",
    "effect 2",
    "clean 2",
  ]);
});

test("refs, memos, reducers and contexts do what they do in Preact", async () => {
  const into = place();
  const Colour = createContext("none");
  let made = 0;
  let change: (by: number) => void = () => {};
  const seen: (Element | null)[] = [];
  const Leaf = () => {
    const box = useRef<HTMLElement>(null);
    const colour = useContext(Colour);
    const [sum, add] = useReducer((value: number, by: number) => value + by, 10);
    const memo = useMemo(() => ++made, [colour]);
    change = add;
    useLayoutEffect(() => void seen.push(box.current), [colour]);
    return (
      <b ref={box}>
        {colour} {sum} {memo}
      </b>
    );
  };
  const draw = (value: string) =>
    render(
      <Colour.Provider value={value}>
        <Fragment>
          <Leaf />
        </Fragment>
      </Colour.Provider>,
      into,
    );
  draw("red");
  assert.equal(into.textContent, "red 10 1");
  change(5);
  change(0);
  await settled();
  assert.equal(into.textContent, "red 15 1");
  draw("blue");
  assert.equal(into.textContent, "blue 15 2");
  assert.deepEqual(seen, [into.querySelector("b"), into.querySelector("b")]);
});

test("figures are drawn as SVG", () => {
  const into = place();
  render(
    <svg viewBox="0 0 1 1" role="img" aria-label="a figure">
      <path d="M0 0" />
    </svg>,
    into,
  );
  assert.equal(into.querySelector("path")?.namespaceURI, "http://www.w3.org/2000/svg");
  assert.equal(into.querySelector("svg")?.getAttribute("viewBox"), "0 0 1 1");
});

test("texts are texts, whatever they look like", () => {
  const into = place();
  render(<p title="<b>">{'<img src=x onerror="alert(1)">'}</p>, into);
  assert.equal(into.querySelector("img"), null);
  assert.equal(into.textContent, '<img src=x onerror="alert(1)">');
});
