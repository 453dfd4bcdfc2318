import type { Column } from "./catalog";

/** The columns that ON CONFLICT names. Source of all: the exporter's statements. */
export const KEY_COLUMNS = ["inventory_namespace", "inventory_name", "target_name", "source_uid"] as const;
/** The columns that an update of an existing row changes. */
export const UPDATED_COLUMNS = ["payload", "exported_at", "cluster", "resource_namespace"] as const;
export const EXPORT_COLUMNS: readonly string[] = [
  ...KEY_COLUMNS,
  "cluster",
  "resource_namespace",
  "payload",
  "exported_at",
];

/** Object identifiers of built-in types (`pg_type.dat`), which are the same on every server. */
const TYPES = {
  text: 25,
  varchar: 1043,
  bpchar: 1042,
  name: 19,
  json: 114,
  jsonb: 3802,
  timestamptz: 1184,
  timestamp: 1114,
  date: 1082,
  time: 1083,
  timetz: 1266,
  bytea: 17,
  xml: 142,
  refcursor: 1790,
  tsvector: 3614,
  tsquery: 3615,
} as const;
type TypeName = keyof typeof TYPES;

/** Types that a column accepts; `perhaps` depends on the values, and other built-in types accept none of them. */
interface Takes {
  readonly values: readonly TypeName[];
  readonly perhaps: readonly TypeName[];
  /** The type to declare it with. */
  readonly declared: string;
}

const TEXT: Takes = { values: ["text", "varchar"], perhaps: ["bpchar", "name"], declared: "text" };
/** Types of a column that no statement compares: the driver writes a text as each of these types. */
const UNCOMPARED: Takes = {
  ...TEXT,
  perhaps: [...TEXT.perhaps, "bytea", "xml", "refcursor", "tsvector", "tsquery"],
};
const TAKES: Readonly<Record<string, Takes>> = {
  resource_namespace: UNCOMPARED,
  payload: { values: ["jsonb", "json", "text", "varchar"], perhaps: ["bpchar"], declared: "jsonb" },
  exported_at: {
    values: ["timestamptz", "timestamp", "text", "varchar"],
    perhaps: ["date", "time", "timetz", "bpchar"],
    declared: "timestamptz",
  },
};

/** First number of types of users and extensions. */
export const FIRST_USER_TYPE = 10000;
/** Length of a Kubernetes UID, and the longest name of a namespace, target or cluster. */
const UID_LENGTH = 36;
const NAME_LENGTH = 253;
/** Length of the shortest text that the driver writes for a time: `2026-11-28 15:00:00 +0000 UTC`. */
const TIME_LENGTH = 29;

/** Whether a column's type accepts the exporter's values: with `no` every export fails. */
export function takesValues({ name, type, limit }: Column): "yes" | "perhaps" | "no" {
  const { values, perhaps } = TAKES[name] ?? TEXT;
  if (type >= FIRST_USER_TYPE) return "perhaps";
  if (isOneOf(type, perhaps)) return "perhaps";
  if (!isOneOf(type, values)) return "no";
  return type === TYPES.varchar ? takesLength(name, limit) : "yes";
}

function takesLength(name: string, limit: number | null): "yes" | "perhaps" | "no" {
  if (limit === null) return "yes";
  if (name === "source_uid") return limit < UID_LENGTH ? "no" : "yes";
  if (name === "exported_at" && limit < TIME_LENGTH) return "no";
  return name === "payload" || limit < NAME_LENGTH ? "perhaps" : "yes";
}

/** The type to declare a column with. */
export function declaredType(name: string): string {
  return (TAKES[name] ?? TEXT).declared;
}

function isOneOf(type: number, names: readonly TypeName[]): boolean {
  return names.some((name) => TYPES[name] === type);
}
