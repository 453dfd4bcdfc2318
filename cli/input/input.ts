import type { Sink } from "../../capabilities/api/types";
import { API_VERSION, SINK_KINDS } from "../../capabilities/api/vocabulary";
import type { Secret } from "../../capabilities/domain/ports";
import { CommandFailure, usage } from "../command-failure";
import { parseManifests, type Manifest } from "./documents";
import type { Source } from "./read";
import { makerOf, secretOf, type Maker } from "./secrets";
import { sinkOf } from "./sinks";

/** The input of a check: the relevant objects of its files. */
export interface Input {
  readonly sinks: readonly Sink[];
  /** By `namespace/name`. */
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly makers: ReadonlyMap<string, Maker>;
}

/** A value or line that Helm replaces. */
const TEMPLATE = /(?:^|: )[ \t]*\{\{/m;

/** Sorts the objects of files. Objects without a namespace are in `namespace`. Throws `CommandFailure`. */
export function inputOf(sources: readonly Source[], namespace: string): Input {
  try {
    return sorted(sources, namespace);
  } catch (error) {
    const template = sources.find(({ text }) => TEMPLATE.test(text));
    if (!template || !(error instanceof CommandFailure)) throw error;
    throw usage(`${error.message} (${template.name} is a template: render it first, as with helm template)`);
  }
}

function sorted(sources: readonly Source[], namespace: string): Input {
  const manifests = sources.flatMap(parseManifests);
  const makers = manifests.flatMap((manifest) => makerOf(manifest, namespace) ?? []);
  const made = manifests.filter((manifest) => isSecret(manifest) && !makerOf(manifest, namespace));
  const secrets = made.map((manifest) => secretOf(manifest, namespace));
  const sinks = manifests.filter(isSink).map((manifest) => sinkOf(manifest, namespace));
  if (sinks.length === 0)
    throw usage(`there is no Kollect sink in ${sources.map(({ name }) => name).join(", ")}`);
  refuseDoubles(sinks);
  return { sinks, secrets: new Map(secrets.map((each) => [keyOf(each), each])), makers: byName(makers) };
}

export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function byName(makers: readonly Maker[]): Map<string, Maker> {
  return new Map(makers.map((maker) => [keyOf(maker), maker]));
}

function isSecret({ apiVersion, kind }: Manifest): boolean {
  return apiVersion === "v1" && kind === "Secret";
}

function isSink({ apiVersion, kind }: Manifest): boolean {
  return apiVersion === API_VERSION && (SINK_KINDS as readonly string[]).includes(kind);
}

function refuseDoubles(sinks: readonly Sink[]): void {
  const seen = new Set<string>();
  for (const { kind, metadata } of sinks) {
    const key = `${kind} ${metadata.namespace}/${metadata.name}`;
    if (seen.has(key)) throw usage(`${key} occurs twice: pass each sink once`);
    seen.add(key);
  }
}
