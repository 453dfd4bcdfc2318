import { fieldsOf, textsIn, type Fields } from "../protocol/fields";
import { covers } from "../subject";
import { isAtLeast, type Version } from "../version";

/** A setting of a stream that the exporter's update would need to change and cannot. */
export interface Conflict {
  /** The setting, completing "Stream X has …" or "Stream X is …". */
  readonly has: string;
  /** How to make a stream that works, completing "recreate the stream …". */
  readonly instead: string;
}

interface ConflictRow extends Conflict {
  readonly when: (config: Fields) => boolean;
  /** The first version in which an update can change it. */
  readonly changeableFrom?: Version;
}

/**
 * Settings that an update with a name and one subject cannot change. Each row was tried with the exporter's client on
 * nats-server 2.15.2 and 2.9.25; the versions between are from configUpdateCheck in server/stream.go of each.
 */
const CONFLICTS: readonly ConflictRow[] = [
  {
    when: ({ storage }) => storage === "memory",
    has: "has memory storage",
    instead: "with file storage",
  },
  {
    when: ({ retention }) => retention === "workqueue",
    has: "has work-queue retention",
    instead: "with limits retention",
  },
  {
    when: ({ retention }) => retention === "interest",
    has: "has interest retention",
    instead: "with limits retention",
    changeableFrom: [2, 10],
  },
  { when: ({ sealed }) => sealed === true, has: "is sealed", instead: "without sealing it" },
  {
    when: ({ deny_delete: deny }) => deny === true,
    has: "has deny_delete",
    instead: "without it",
  },
  { when: ({ deny_purge: deny }) => deny === true, has: "has deny_purge", instead: "without it" },
  {
    when: ({ allow_msg_ttl: allow }) => allow === true,
    has: "has allow_msg_ttl",
    instead: "without it",
  },
  {
    when: ({ allow_msg_counter: allow }) => allow === true,
    has: "has allow_msg_counter",
    instead: "without it",
  },
  {
    when: ({ allow_msg_schedules: allow }) => allow === true,
    has: "has allow_msg_schedules",
    instead: "without it",
  },
  {
    when: ({ persist_mode: mode }) => mode === "async",
    has: "has persist_mode async",
    instead: "without it",
  },
  {
    when: ({ mirror }) => isObject(mirror),
    has: "is a mirror",
    instead: "as none",
    changeableFrom: [2, 12],
  },
  {
    when: ({ max_consumers: most }) => typeof most === "number" && most > 0,
    has: "has max_consumers",
    instead: "without it",
    changeableFrom: [2, 12, 7],
  },
  {
    when: ({ republish }) => isObject(republish),
    has: "has republish",
    instead: "without it",
    changeableFrom: [2, 10],
  },
];

/** The first setting that the exporter's update cannot change on a server of this version. */
export function conflictIn(config: Fields, version: string | undefined): Conflict | undefined {
  return CONFLICTS.find(
    ({ when, changeableFrom }) => when(config) && !(changeableFrom && isAtLeast(version, changeableFrom)),
  );
}

const NANOSECONDS = 1e9;
const DEFAULT_DUPLICATES = 120 * NANOSECONDS;

/** Settings that the exporter's update applies to a stream; every other setting that is on is turned off. */
const SETTINGS: Readonly<Record<string, readonly unknown[]>> = {
  retention: ["limits"],
  max_consumers: [-1],
  max_msgs: [-1],
  max_bytes: [-1],
  max_age: [0],
  max_msgs_per_subject: [-1],
  max_msg_size: [-1],
  discard: ["old"],
  num_replicas: [1],
  // An account's limit can be lower.
  duplicate_window: [DEFAULT_DUPLICATES],
  compression: ["none"],
  description: [""],
};
const OFF = [
  ...["no_ack", "allow_rollup_hdrs", "allow_direct", "mirror_direct", "discard_new_per_subject"],
  ...["allow_atomic", "allow_batched", "mirror", "sources", "republish", "subject_transform", "placement"],
] as const;

/** Whether the exporter's update would change the stream: its subjects, limits, or another setting. */
export function isOverwritten(config: Fields, subject: string): boolean {
  const subjects = textsIn(config.subjects) ?? [];
  if (subjects.length !== 1 || subjects[0] !== subject) return true;
  const isChanged = Object.entries(SETTINGS).some(
    ([name, values]) => config[name] !== undefined && !values.includes(config[name]),
  );
  return isChanged || OFF.some((name) => isOn(config[name]));
}

/** Whether the stream's own subjects exclude another stream with the subject. */
export function holdsSubject(config: Fields, subject: string): boolean {
  return (textsIn(config.subjects) ?? []).some((pattern) => covers(pattern, subject));
}

function isOn(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value === true || isObject(value);
}

function isObject(value: unknown): boolean {
  return Object.keys(fieldsOf(value)).length > 0;
}
