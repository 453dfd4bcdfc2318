import type { BenchCase, StandaloneCase } from "../bench";
import { distinctSinks, oneSink } from "./bursts";
import { day } from "./day";
import { deadNames } from "./dead-names";
import { endurance, largeBurst } from "./endurance";
import { latency } from "./latency";
import { limits } from "./limits";
import { parts } from "./parts";
import { plugin } from "./plugin";
import { probes } from "./probes";
import { restart } from "./restart";
import { fewSilent, manySilent } from "./silence";
import { longTtlStorm, ttlStorm } from "./ttl-storm";

/** What can be measured, under the names that `--only` takes, in the order in which it is done. */
export const CASES: Readonly<Record<string, BenchCase | StandaloneCase>> = {
  latency,
  burst: oneSink,
  sinks: distinctSinks,
  silent: fewSilent,
  "silent-many": manySilent,
  "dead-names": deadNames,
  restart,
  ttl: ttlStorm,
  "burst-5000": largeBurst,
  endurance,
  day,
  "ttl-10000": longTtlStorm,
  limits,
  parts,
  probes,
  plugin,
};
