/** Forms of expectations, made from the catalogue that the kernel reads too. */
import type { Catalogue, Form, Kind, Kwargs, Schema } from "./protocol";
import { isRounded, isTooLarge, TOO_LARGE } from "./scale";

export const formOf = (catalogue: Catalogue, type: string): Form | undefined =>
  catalogue.groups.flatMap((group) => group.expectations).find((form) => form.type === type);

export type Field = [name: string, schema: Schema];

/** The fields of a form in order. */
export const fieldsOf = ({ fields, domains }: Catalogue, form: Form | undefined): Field[] =>
  Object.entries({ ...(form && domains[form.domain ?? "column"]), ...form?.kwargs }).map(
    ([name, schema]) => [name, typeof schema === "string" ? (fields[schema] as Schema) : schema],
  );

export type Draft = Record<string, string | boolean>;

const allows = (schema: Schema, type: string): boolean => [schema.type].flat().includes(type);

/** How a value is written into its field. */
const entered = (value: unknown, schema: Schema): string | boolean => {
  if (allows(schema, "boolean")) return value === true;
  if (value === null || value === undefined) return "";
  if (isLines(schema) && Array.isArray(value)) return value.map(String).join("\n");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

const isLines = (schema: Schema): boolean =>
  schema.format === "values" || schema.format === "columns" || schema.items?.type === "string";

export const isLong = (schema: Schema): boolean =>
  allows(schema, "array") || allows(schema, "object");

/** What the fields of a form show for the kwargs of a rule. */
export const draftOf = (fields: readonly Field[], kwargs: Kwargs): Draft =>
  Object.fromEntries(
    fields.map(([name, schema]) => {
      const value = kwargs[name] ?? schema.default ?? schema.examples?.[0];
      return [name, entered(value, schema)];
    }),
  );

class Unfit extends Error {}

/** The number that a text stands for, unless that would have to be rounded. */
const exact = (text: string): number => {
  if (isTooLarge(text)) throw new Unfit(TOO_LARGE);
  return Number(text);
};

const scalar = (text: string, kind: Kind | undefined): unknown => {
  if (kind === "boolean" && /^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (kind === "text" || kind === "time" || text.trim() === "") return text;
  const value = exact(text);
  return Number.isFinite(value) ? value : text;
};

const number = (text: string, { minimum, maximum, ...schema }: Schema): number => {
  const value = exact(text);
  if (!Number.isFinite(value)) throw new Unfit("has to be a number");
  if (!allows(schema, "number") && !Number.isInteger(value)) {
    throw new Unfit("has to be a whole number");
  }
  if (minimum !== undefined && value < minimum) throw new Unfit(`has to be at least ${minimum}`);
  if (maximum !== undefined && value > maximum) throw new Unfit(`has to be at most ${maximum}`);
  return value;
};

const lines = (
  text: string,
  schema: Schema,
  kind: Kind | undefined,
  before: unknown,
): unknown[] => {
  const known = new Map(
    (Array.isArray(before) ? before : []).map((value) => [String(value), value]),
  );
  const found = text.split("\n").filter((line) => line !== "");
  const least = schema.minItems ?? 0;
  if (found.length < least) throw new Unfit(least === 1 ? "is empty" : `needs ${least} lines`);
  if (schema.format !== "values") return found;
  return found.map((line) => (known.has(line) ? known.get(line) : scalar(line, kind)));
};

const json = (text: string): unknown => {
  try {
    return JSON.parse(text, (_, value) => {
      if (isRounded(value)) throw new Unfit(`has ${value}, which ${TOO_LARGE}`);
      return value;
    });
  } catch (error) {
    if (error instanceof Unfit) throw error;
    throw new Unfit(`is no JSON: ${(error as Error).message}`);
  }
};

/** The value of a field; undefined where it is left empty and may be. */
const read = (
  text: string | boolean,
  schema: Schema,
  kind: Kind | undefined,
  before: unknown,
): unknown => {
  if (typeof text === "boolean") return text;
  if (typeof before !== "object" && text === String(before)) return before;
  if (text.trim() === "") {
    if ("default" in schema) return undefined;
    throw new Unfit("is empty");
  }
  if (isLines(schema)) return lines(text, schema, kind, before);
  if (isLong(schema)) return json(text);
  if (schema.format === "bound") return scalar(text.trim(), kind);
  return allows(schema, "number") || allows(schema, "integer") ? number(text, schema) : text;
};

export interface Filled {
  kwargs: Kwargs;
  problems: Record<string, string>;
}

/**
 * The kwargs that a filled form stands for. What is as by default is left out; where the rule had
 * said otherwise, it becomes null, which takes it away.
 */
export const filled = (
  fields: readonly Field[],
  draft: Draft,
  kind: Kind | undefined,
  before: Kwargs,
): Filled => {
  const made: Filled = { kwargs: {}, problems: {} };
  for (const [name, schema] of fields) {
    try {
      const value = read(draft[name] ?? "", schema, kind, before[name]);
      const usual = value === undefined || value === (schema.default as unknown);
      if (!usual) made.kwargs[name] = value;
      else if (name in before) made.kwargs[name] = null;
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      made.problems[name] = error.message;
    }
  }
  return made;
};
