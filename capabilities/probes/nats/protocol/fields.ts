/** Members of an answer, with unchecked values. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; empty when it is not an object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

/** The value as a list of strings; undefined when it is not one. */
export function textsIn(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === "string")
    ? (value as readonly string[])
    : undefined;
}
