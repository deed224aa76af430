/**
 * The part of Preact that the widgets use, in a fourth of its size: a notebook carries the bundle
 * once for every widget. The bundler puts this module where sources say "preact", and the tests run
 * with both; types are Preact's own.
 */

type Props = Record<string, unknown>;
type Component = (props: Props) => unknown;

interface Described {
  type: string | Component;
  props: Props;
  key: unknown;
}

/** What an element, a text, a component or nothing has become. */
interface Mounted {
  type: unknown;
  key: unknown;
  props: Props;
  dom: Node | null; // of elements and texts
  children: Mounted[];
  parent: Mounted | null;
  hooks: Hook[];
  depth: number;
  gone: boolean;
}

interface Hook {
  value?: unknown;
  deps?: readonly unknown[] | undefined;
  change?: (change: unknown) => void;
  cleanup?: unknown;
}

const TEXT = "text";
const NOTHING = "nothing";
const SVG = "http://www.w3.org/2000/svg";

export const createElement = (
  type: string | Component,
  given: Props | null,
  ...children: unknown[]
): Described => {
  const { key, ...props } = given ?? {};
  if (children.length) props.children = children;
  return { type, props, key };
};

export const Fragment: Component = ({ children }) => children;

/** A list among children is a place of its own: what follows it stays where it is. */
const described = (child: unknown): unknown =>
  Array.isArray(child) ? createElement(Fragment, null, ...child) : child;

const isDescribed = (child: unknown): child is Described =>
  typeof child === "object" && child !== null;

const typeOf = (child: unknown): unknown =>
  isDescribed(child)
    ? child.type
    : child === null || child === undefined || typeof child === "boolean"
      ? NOTHING
      : TEXT;

// Properties of elements

const listeners = new WeakMap<EventTarget, Record<string, unknown>>();

function hear(this: EventTarget, event: Event): void {
  (listeners.get(this)?.[event.type] as ((event: Event) => void) | undefined)?.(event);
}

const listen = (dom: EventTarget, type: string, listener: unknown): void => {
  const all = listeners.get(dom) ?? {};
  if (!(type in all)) dom.addEventListener(type, hear);
  all[type] = listener;
  listeners.set(dom, all);
};

const setStyle = (style: CSSStyleDeclaration, now: Props, before: Props): void => {
  for (const name in { ...before, ...now }) {
    const value = String(now[name] ?? "");
    if (name.startsWith("--")) style.setProperty(name, value);
    else if (before[name] !== now[name]) style[name as never] = value as never;
  }
};

const setProp = (dom: HTMLElement, name: string, now: unknown, before: unknown): void => {
  if (name === "children") return;
  if (name === "ref") (now as { current: unknown }).current = dom;
  else if (name === "style") setStyle(dom.style, (now ?? {}) as Props, (before ?? {}) as Props);
  else if (name.startsWith("on")) listen(dom, name.slice(2).toLowerCase(), now);
  else if (name === "value" || name === "checked") {
    // The user may have changed it meanwhile: compare with what is there.
    if (dom[name as never] !== (now ?? "")) dom[name as never] = (now ?? "") as never;
  } else if (now === before) return;
  else if (now === undefined || now === null || (now === false && !name.startsWith("aria-"))) {
    dom.removeAttribute(name);
  } else dom.setAttribute(name, now === true && !name.startsWith("aria-") ? "" : String(now));
};

// Drawing

const mounted = (child: unknown, parent: Mounted | null): Mounted => ({
  type: typeOf(child),
  key: isDescribed(child) ? child.key : undefined,
  props: {},
  dom: null,
  children: [],
  parent,
  hooks: [],
  depth: parent ? parent.depth + 1 : 0,
  gone: false,
});

const draw = (one: Mounted, child: unknown, svg: boolean): void => {
  if (one.type === TEXT) {
    one.dom ??= document.createTextNode("");
    if (one.dom.nodeValue !== String(child)) one.dom.nodeValue = String(child);
  } else if (isDescribed(child)) {
    const before = one.props;
    one.props = child.props;
    if (typeof child.type === "string") drawElement(one, child.type, before, svg);
    else drawComponent(one, svg);
  }
};

const drawElement = (one: Mounted, type: string, before: Props, svg: boolean): void => {
  const within = svg || type === "svg";
  one.dom ??= within ? document.createElementNS(SVG, type) : document.createElement(type);
  const dom = one.dom as HTMLElement;
  const { value, ...props } = one.props;
  for (const name in { ...before, ...props }) {
    if (name !== "value") setProp(dom, name, props[name], before[name]);
  }
  drawChildren(one, [one.props.children].flat(), within);
  place(one);
  if (value !== undefined) setProp(dom, "value", value, undefined); // a choice needs its options
};

const drawComponent = (one: Mounted, svg: boolean): void => {
  dirty.delete(one);
  [current, index] = [one, 0];
  const drawn = (one.type as Component)(one.props);
  current = null;
  drawChildren(one, [drawn].flat(), svg);
};

const drawChildren = (one: Mounted, given: readonly unknown[], svg: boolean): void => {
  const children = given.map(described);
  const old = one.children;
  const keyed = new Map(old.map((child) => [child.key, child]));
  one.children = children.map((child, i) => {
    const key = isDescribed(child) ? child.key : undefined;
    const found = key === undefined ? old[i] : keyed.get(key);
    keyed.delete(key); // of two with one key, the second is new
    return found && found.type === typeOf(child) && found.key === key ? found : mounted(child, one);
  });
  const kept = new Set(one.children);
  for (const child of old) if (!kept.has(child)) remove(child, true);
  one.children.forEach((child, i) => {
    draw(child, children[i], svg);
  });
};

const nodes = (all: readonly Mounted[]): Node[] =>
  all.flatMap((one) => (one.dom ? [one.dom] : nodes(one.children)));

/** Puts the nodes of an element's children in order, moving as few as it can. */
const place = (one: Mounted): void => {
  let next = one.dom?.firstChild ?? null;
  for (const node of nodes(one.children)) {
    if (node === next) next = next.nextSibling;
    else one.dom?.insertBefore(node, next);
  }
};

const remove = (one: Mounted, outermost: boolean): void => {
  one.gone = true;
  dirty.delete(one);
  for (const { cleanup } of one.hooks) if (typeof cleanup === "function") cleanup();
  const ref = one.dom && (one.props.ref as { current: unknown } | undefined);
  if (ref) ref.current = null;
  for (const child of one.children) remove(child, outermost && !one.dom);
  if (outermost) (one.dom as ChildNode | null)?.remove();
};

// Components that change

const dirty = new Set<Mounted>();
let effects: [one: Mounted, run: () => void][] = [];
let later: (() => void)[] = [];
let scheduled = false;

const elementAround = (one: Mounted): Mounted => {
  let around = one.parent as Mounted;
  while (!around.dom) around = around.parent as Mounted;
  return around;
};

const flush = (): void => {
  scheduled = false;
  for (const one of [...dirty].sort((a, b) => a.depth - b.depth)) {
    if (!dirty.has(one)) continue; // drawn with one around it
    const around = elementAround(one);
    drawComponent(one, around.dom instanceof SVGElement);
    place(around);
  }
  settle();
};

/** Runs the effects of what was drawn: inner ones first, those that may wait after painting. */
const settle = (): void => {
  const due = effects.sort(([a], [b]) => b.depth - a.depth);
  effects = [];
  for (const [one, run] of due) if (!one.gone) run();
  if (later.length) setTimeout(settleLater);
};

const settleLater = (): void => {
  const due = later;
  later = [];
  for (const run of due) run();
};

const schedule = (one: Mounted): void => {
  if (one.gone) return;
  dirty.add(one);
  if (!scheduled) queueMicrotask(flush);
  scheduled = true;
};

/** Draws into an element; null takes away what was drawn there. */
export const render = (child: unknown, into: Element & { drawn?: Mounted | undefined }): void => {
  into.drawn ??= { ...mounted(null, null), dom: into };
  drawChildren(into.drawn, child === null ? [] : [child], false);
  place(into.drawn);
  settle();
};

// Hooks

let current: Mounted | null = null;
let index = 0;

const hook = (): [hook: Hook, one: Mounted, fresh: boolean] => {
  const one = current as Mounted;
  const fresh = index === one.hooks.length;
  if (fresh) one.hooks.push({});
  return [one.hooks[index++] as Hook, one, fresh];
};

const same = (deps: readonly unknown[] | undefined, before: readonly unknown[] | undefined) =>
  deps?.length === before?.length && deps?.every((dep, i) => Object.is(dep, before?.[i]));

export const useReducer = (
  reduce: (value: unknown, change: unknown) => unknown,
  start: unknown,
) => {
  const [state, one, fresh] = hook();
  if (fresh) state.value = typeof start === "function" ? start() : start;
  state.change ??= (change) => {
    const next = reduce(state.value, change);
    if (Object.is(next, state.value)) return;
    state.value = next;
    schedule(one);
  };
  return [state.value, state.change];
};

export const useState = (start: unknown) =>
  useReducer((value, change) => (typeof change === "function" ? change(value) : change), start);

export const useMemo = (make: () => unknown, deps?: readonly unknown[]) => {
  const [memo, , fresh] = hook();
  if (fresh || !same(deps, memo.deps)) Object.assign(memo, { value: make(), deps });
  return memo.value;
};

export const useRef = (current: unknown) => useMemo(() => ({ current }), []);

const effect = (run: () => unknown, deps: readonly unknown[] | undefined, soon: boolean): void => {
  const [state, one, fresh] = hook();
  if (!fresh && same(deps, state.deps)) return;
  state.deps = deps;
  const again = () => {
    if (one.gone) return;
    if (typeof state.cleanup === "function") state.cleanup();
    state.cleanup = run();
  };
  effects.push([one, soon ? again : () => later.push(again)]);
};

export const useLayoutEffect = (run: () => unknown, deps?: readonly unknown[]): void =>
  effect(run, deps, true);

export const useEffect = (run: () => unknown, deps?: readonly unknown[]): void =>
  effect(run, deps, false);

interface Context {
  Provider: Component;
  otherwise: unknown;
}

export const createContext = (otherwise: unknown): Context => ({
  Provider: ({ children }) => children,
  otherwise,
});

/** The value of the nearest provider; all that is within one is drawn with it. */
export const useContext = ({ Provider, otherwise }: Context): unknown => {
  let one = current;
  while (one && one.type !== Provider) one = one.parent;
  return one ? one.props.value : otherwise;
};
