/** What the page and the kernel say to each other. The kernel holds the truth. */

export type Kind = "number" | "integer" | "time" | "text" | "boolean" | "other";

export interface Bins {
  of: "value" | "length";
  low: number;
  high: number;
  low_text: string;
  high_text: string;
  counts: number[];
}

export interface Figures {
  nulls: number;
  distinct?: number;
  exact?: boolean;
  min?: string;
  max?: string;
  mean?: string;
  std?: string;
  nan?: number;
  infinite?: number;
  bins?: Bins;
  top?: [text: string, count: number][];
}

export type Scale = "integer" | "number" | "date" | "time";
export type Kwargs = Record<string, unknown>;

export interface Suggestion {
  id: string;
  text: string;
  reason: string;
  confidence: number;
  type: string;
  kwargs: Kwargs;
}

export interface Detail {
  column: number;
  facts: [label: string, text: string][];
  bins?: Bins;
  scale?: Scale;
  zone?: boolean;
  top?: [text: string, value: unknown, count: number][];
  others?: number;
  lengths?: boolean;
  suggestions?: Suggestion[];
}

export type Severity = "critical" | "warning" | "info";

export interface Rule {
  key: string;
  type: string;
  text: string;
  place: string;
  columns: number[];
  kwargs: Kwargs;
  severity: Severity;
  enabled: boolean;
  editable: boolean;
  json: string;
  problem: string;
}

export interface Outcome {
  state: "waiting" | "met" | "failed" | "error";
  failing: number | null;
  of: number | null;
  observed: string;
  examples: string[];
  error: string;
  tier: string;
}

export type Filter =
  | { column: number; op: "between"; low: unknown; high: unknown }
  | { column: number; op: "in"; values: unknown[] }
  | { column: number; op: "null" | "not_null" }
  | { column: number; op: "contains"; text: string };

export type Sort = [position: number, descending: boolean][];

export interface Page {
  epoch: number;
  offset: number;
  first: number;
  labels: string[];
  cells: (string | null)[][];
  marks?: number[][];
}

export interface Change {
  kind: string;
  column: string;
  before: string;
  after: string;
  breaks: "" | "backward" | "forward" | "both";
  why: string;
}

export type Verdict = "full" | "backward" | "forward" | "none";

export interface Comparison {
  left: string;
  right: string;
  verdict: Verdict;
  told: string;
  changes: Change[];
  backends: Record<string, { verdict: string; why: string }>;
  preview: string[];
}

/** The synced traits. */
export interface Traits {
  title: string;
  rows: number;
  columns: {
    names: string[];
    type: number[];
    types: [text: string, kind: Kind, nullable: boolean][];
  };
  index: string[];
  source: { told: string };
  looked: number[];
  figures: Record<string, Figures>;
  selected: number;
  detail: Detail | Record<string, never>;
  rules: Rule[];
  results: Record<string, Outcome>;
  history: { undo: number; redo: number; changed: boolean };
  filters: Filter[];
  sort: Sort;
  showing: string;
  view: { epoch: number; rows: number; total: number; sql: string };
  head: Page;
  status: { state: "idle" | "error"; text: string };
  comparison: Comparison | Record<string, never>;
  saved: { name?: string; version?: number; path?: string };
  suites: string[];
  readonly: boolean;
  report: string;
}

/** The part of JSON Schema that the forms use. */
export interface Schema {
  title?: string;
  type?: string | string[];
  format?: string;
  enum?: string[];
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  items?: Schema;
}

export interface Form {
  type: string;
  label: string;
  kinds?: Kind[];
  domain?: string;
  kwargs?: Record<string, string | Schema>;
}

/** Which expectations have forms: `dkdata/widgets/forms.json`, which tells how to read it. */
export interface Catalogue {
  fields: Record<string, Schema>;
  domains: Record<string, Record<string, string>>;
  groups: { label: string; expectations: Form[] }[];
}

/** What each kind of request is answered with. */
export interface Answers {
  rows: Page;
  cell: { text: string };
  try: { outcome: Outcome; matching?: string[] };
  edit: { key: string };
  code: { python: string; sql: string };
  save: { text: string };
  export: { name: string; type: string; buffer: DataView | undefined };
  compare: object;
  forms: { forms: Catalogue };
  refresh: object;
}

export type RequestKind = keyof Answers;
