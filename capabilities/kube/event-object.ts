import { createHash } from "node:crypto";
import type { EventDraft } from "../domain/ports";

/** The reporter of an Event in events.k8s.io/v1: a qualified name, and one of its processes. */
export interface Reporter {
  readonly controller: string;
  /** The pod's name; at most 128 characters are kept. */
  readonly instance: string;
}

export interface EventSeries {
  readonly count: number;
  readonly lastObservedTime: string;
}

/** Limits of events.k8s.io/v1 (pkg/apis/core/validation/events.go); the note is counted in bytes. */
const MAX_WORD = 128;
const MAX_NOTE_BYTES = 1_024;
const MAX_NAME = 253;
const HASH_LENGTH = 16;

export interface EventObject {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly [field: string]: unknown;
}

/** The object to create for a draft that was observed at `now`, `count` times. */
export function eventObject(
  draft: EventDraft,
  reporter: Reporter,
  at: { now: number; count: number },
): EventObject {
  const eventTime = microTime(at.now);
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: {
      namespace: draft.regarding.namespace,
      name: eventName(draft, `${eventTime} ${reporter.instance}`),
    },
    eventTime,
    type: draft.type,
    action: draft.action.slice(0, MAX_WORD),
    reason: draft.reason.slice(0, MAX_WORD),
    note: truncateBytes(draft.note, MAX_NOTE_BYTES),
    regarding: draft.regarding,
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, MAX_WORD),
    ...(at.count > 1 ? { series: eventSeries(at) } : {}),
  };
}

export function eventSeries(at: { now: number; count: number }): EventSeries {
  return { count: at.count, lastObservedTime: microTime(at.now) };
}

/** Key by which two drafts are the same Event: all fields that cannot change after the first write. */
export function eventKey(draft: EventDraft): string {
  const { regarding, type, action, reason, note } = draft;
  return sha256([regarding.kind, regarding.namespace, regarding.uid, type, action, reason, note].join("\n"));
}

/**
 * A name that shows the Event's object and is the same when the same creation is sent again, which then
 * fails as AlreadyExists instead of creating two. The object's name may itself have the maximum length.
 */
function eventName(draft: EventDraft, moment: string): string {
  const hash = sha256(`${eventKey(draft)} ${moment}`).slice(0, HASH_LENGTH);
  const stem = draft.regarding.name.slice(0, MAX_NAME - HASH_LENGTH - 1).replace(/[^a-z0-9]+$/, "");
  return `${stem}.${hash}`;
}

/** RFC 3339 with exactly six decimals; the API server rejects three (tried on Kubernetes 1.36). */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, "000Z");
}

/** At most `max` bytes of UTF-8, cut between characters and marked with an ellipsis when truncated. */
export function truncateBytes(text: string, max: number): string {
  if (Buffer.byteLength(text) <= max) return text;
  const room = max - Buffer.byteLength("…");
  let kept = "";
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > room) break;
    kept += character;
  }
  return `${kept}…`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
