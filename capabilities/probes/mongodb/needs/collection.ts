import type { Document } from "mongodb";
import { failed } from "../../../domain/failure";
import { quoted } from "../../messages";
import { NotPermittedToAsk } from "../../not-permitted";
import type { Recorder } from "../../probe";
import type { Member } from "../discovery/member";
import { sourceOf } from "../errors";
import type { MongodbTarget } from "../plan";
import { question } from "./question";

/** The collection as `listCollections` returns it. */
export interface FoundCollection {
  readonly type: string;
  readonly options: Document;
}

/**
 * Requests the collection as the exporter does: without `authorizedCollections`, so that the answer proves the right to
 * list collections. Undefined when there is none. Throws {@link NotPermittedToAsk}.
 */
export async function askCollection(
  member: Member,
  signal: AbortSignal,
): Promise<FoundCollection | undefined> {
  const { database, collection } = member.where.plan.target;
  const command = { listCollections: 1, filter: { name: collection } };
  const entry = batchOf(await question(member, database, command, signal)).find(
    ({ name }) => name === collection,
  );
  if (!entry) return undefined;
  return {
    type: typeof entry.type === "string" ? entry.type : "collection",
    options: documentOf(entry.options),
  };
}

/** Kinds of collections that the exporter cannot write to, completing "is …". */
const NOT_WRITABLE: Readonly<Record<string, string>> = {
  view: "a view, which accepts no writes",
  timeseries: "a time series collection, which supports no upserts and no unique index",
};

/** Throws `FailureError` `TargetNotFound` for a collection that is missing but must exist, or that accepts no writes. */
export function checkCollection(found: FoundCollection | undefined, { where }: Member): void {
  const { target } = where.plan;
  if (!found && target.provisioning === "existing") {
    throw failed(
      "TargetNotFound",
      `Database ${quoted(target.database)} at ${where.endpoint} has no collection ` +
        `${quoted(target.collection)}. Create it, or set spec.provisioning.mode to ensure.`,
    );
  }
  const kind = found && Object.hasOwn(NOT_WRITABLE, found.type) ? NOT_WRITABLE[found.type] : undefined;
  if (kind === undefined) return;
  throw failed(
    "TargetNotFound",
    `${namespaceOf(target)} at ${where.endpoint} is ${kind}. Check spec.mongodb.collection.`,
  );
}

/** The index that the exporter creates in mode `ensure`, with its driver's name for it. */
const KEY = ["inventory_namespace", "inventory_name", "target_name", "source_uid"];
export const INDEX_NAME = KEY.map((field) => `${field}_1`).join("_");

/** The indexes of the collection; undefined when the user may not list them, which no export needs. */
export async function askIndexes(member: Member, signal: AbortSignal): Promise<Document[] | undefined> {
  const { database, collection } = member.where.plan.target;
  try {
    return batchOf(await question(member, database, { listIndexes: collection }, signal));
  } catch (error) {
    if (error instanceof NotPermittedToAsk) return undefined;
    throw error;
  }
}

/** Throws `FailureError` `InvalidConfiguration` when an index makes every server refuse the exporter's. */
export function checkIndexes(indexes: readonly Document[], { where }: Member): void {
  const { target } = where.plan;
  if (target.provisioning === "existing") return;
  const inTheWay = indexes.find((index) =>
    index.name === INDEX_NAME ? !hasKey(index) : hasKey(index) && isPlainUnique(index),
  );
  if (!inTheWay) return;
  const what =
    inTheWay.name === INDEX_NAME ? "of the name, with other fields," : "of the fields, with another name,";
  throw failed(
    "InvalidConfiguration",
    `${namespaceOf(target)} at ${where.endpoint} has an index ${what} that the exporter uses for its own, so that it cannot ` +
      "create its own. Drop that index, or name another collection.",
  );
}

/** Notes possible refusals of the collection that only a write shows. */
export function noteDoubts(
  { options }: FoundCollection,
  indexes: readonly Document[] | undefined,
  { where }: Member,
  recorder: Recorder,
): void {
  const rule = ruleOf(options);
  if (rule !== undefined) recorder.unproven("mongodb:Validator", "OnlyAWriteTells", rule);
  const doubt = indexDoubt(indexes, where.plan.target);
  if (doubt !== undefined) recorder.unproven("mongodb:UniqueIndex", "OnlyAWriteTells", doubt);
}

function ruleOf(options: Document): string | undefined {
  const { validator, validationLevel, validationAction, capped } = options;
  const isStrict = validationLevel !== "off" && validationAction !== "warn";
  if (isStrict && Object.keys(documentOf(validator)).length > 0) return "the collection has a validator";
  return capped === true ? "the collection is capped" : undefined;
}

function indexDoubt(indexes: readonly Document[] | undefined, target: MongodbTarget): string | undefined {
  if (!indexes) return "the user may not list the collection's indexes";
  if (
    target.provisioning === "ensure" &&
    !indexes.some((index) => index.name === INDEX_NAME && isPlainUnique(index))
  ) {
    return "existing documents or indexes may conflict with the unique index that the exporter creates";
  }
  if (indexes.some((index) => index.unique === true))
    return "a unique index refuses documents whose key another cluster has written";
  return undefined;
}

function hasKey({ key }: Document): boolean {
  const fields = Object.entries(documentOf(key));
  return fields.length === KEY.length && fields.every(([name, order], at) => name === KEY[at] && order === 1);
}

function isPlainUnique({ unique, sparse, partialFilterExpression, collation }: Document): boolean {
  return (
    unique === true && sparse !== true && partialFilterExpression === undefined && collation === undefined
  );
}

/** Only the first batch is needed: a filter by name finds one collection, and a collection has at most 64 indexes. */
function batchOf(answer: Document): Document[] {
  const batch: unknown = documentOf(answer.cursor).firstBatch;
  return Array.isArray(batch) ? batch.map(documentOf) : [];
}

function documentOf(value: unknown): Document {
  return typeof value === "object" && value !== null ? (value as Document) : {};
}

export function namespaceOf({ database, collection }: MongodbTarget): string {
  return quoted(`${database}.${collection}`);
}

/** The failure for a missing login: without one, a server allows everything or nothing. */
export function loginNeeded({ where }: Member): Error {
  return failed(
    "AuthenticationFailed",
    `MongoDB at ${where.endpoint} requires a login, and ${sourceOf(where.plan)} names no user. Add user name and password.`,
  );
}
