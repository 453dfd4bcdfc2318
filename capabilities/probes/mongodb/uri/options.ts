import { ConnectionStringError } from "../../secrets/connection-string";
import type { UriOption, UriParts } from "./text";
import { valueFault } from "./values";

/** Options whose values the probe uses, in lower case. */
export type UriOptionName =
  | "appname"
  | "authmechanism"
  | "authmechanismproperties"
  | "authsource"
  | "connecttimeoutms"
  | "journal"
  | "loadbalanced"
  | "maxpoolsize"
  | "maxstaleness"
  | "minpoolsize"
  | "readpreference"
  | "replicaset"
  | "serverselectiontimeoutms"
  | "srvmaxhosts"
  | "srvservicename"
  | "tlsdisableocspendpointcheck"
  | "tlsinsecure"
  | "w";

/** The driver's other names of an option. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  maxstalenessseconds: "maxstaleness",
  ssl: "tls",
  sslcertificateauthorityfile: "tlscafile",
  sslclientcertificatekeyfile: "tlscertificatekeyfile",
  sslinsecure: "tlsinsecure",
};

/** Options that name a file in the exporter's pod, and turn TLS on unless a later option turns it off. */
const FILES = ["tlscafile", "tlscertificatekeyfile", "tlscertificatefile", "tlsprivatekeyfile"] as const;
export type UriFile = (typeof FILES)[number];

/** The effective options of a string; the last of a repeated option counts, as for the driver. */
export interface UriOptions {
  /** A value; empty if the string leaves it empty. */
  get(name: UriOptionName): string | undefined;
  readonly files: ReadonlySet<UriFile>;
  /** Undefined when the string does not say. */
  readonly tls?: boolean;
  readonly direct: boolean;
  readonly hasTags: boolean;
}

/** Reads the options as the exporter's driver does. Throws {@link ConnectionStringError} for those that it refuses. */
export function readOptions({ options }: Pick<UriParts, "options">): UriOptions {
  const named = options.map((option) => ({ ...option, name: canonical(option.name) }));
  for (const option of options) {
    const fault = valueFault(option);
    if (fault !== undefined) throw new ConnectionStringError(`has ${fault}`);
  }
  const tls = tlsOf(named);
  const read: UriOptions = {
    get: (name) => named.filter((option) => option.name === name).at(-1)?.value,
    files: new Set(FILES.filter((file) => named.some(({ name }) => name === file))),
    ...(tls === undefined ? {} : { tls }),
    direct: directOf(named),
    hasTags: named.some(({ name }) => name === "readpreferencetags"),
  };
  const fault = CONFLICTS.find(({ holds }) => holds(read))?.fault;
  if (fault !== undefined) throw new ConnectionStringError(fault);
  return read;
}

/** A whole number from 0 on; the option's value was checked. */
export function count(options: UriOptions, name: UriOptionName): number | undefined {
  const value = options.get(name);
  return value === undefined ? undefined : Math.min(Math.abs(Number(value)), Number.MAX_SAFE_INTEGER);
}

function canonical(name: string): string {
  const lower = name.toLowerCase();
  return Object.hasOwn(OTHER_NAMES, lower) ? (OTHER_NAMES[lower] ?? lower) : lower;
}

/** The last option about TLS decides. */
function tlsOf(options: readonly UriOption[]): boolean | undefined {
  const said = options.filter(({ name }) => name === "tls").map(({ value }) => value);
  if (new Set(said).size > 1) {
    throw new ConnectionStringError("has the options tls and ssl with different values: keep tls");
  }
  const turning = ["tls", "tlsdisableocspendpointcheck", ...FILES];
  const last = options.filter(({ name }) => turning.includes(name)).at(-1);
  return last && (last.name !== "tls" || last.value === "true");
}

/** Once set, a direct connection stays, whatever a repeated option says. */
function directOf(options: readonly UriOption[]): boolean {
  const values = (name: string): string[] =>
    options.filter((option) => option.name === name).map(({ value }) => value.toLowerCase());
  const [connect, direct] = [values("connect"), values("directconnection")];
  const byConnect = connect.includes("direct");
  const byFlag = direct.includes("true");
  if (connect.length > 0 && direct.length > 0 && byConnect !== byFlag) {
    throw new ConnectionStringError(
      "has connect and directConnection with different values: keep directConnection",
    );
  }
  return byConnect || byFlag;
}

interface Conflict {
  readonly holds: (options: UriOptions) => boolean;
  readonly fault: string;
}

const MODES = ["primary", "primarypreferred", "secondary", "secondarypreferred", "nearest"];

/** Combinations of options that mongo-driver, or the exporter that uses it, refuses. */
const CONFLICTS: readonly Conflict[] = [
  {
    holds: ({ get, tls }) =>
      tls === true && get("tlsinsecure") !== undefined && get("tlsdisableocspendpointcheck") !== undefined,
    fault: "has both tlsInsecure and tlsDisableOCSPEndpointCheck: keep one of them",
  },
  {
    holds: ({ files, tls }) =>
      tls === true &&
      (files.has("tlscertificatekeyfile")
        ? files.has("tlscertificatefile") || files.has("tlsprivatekeyfile")
        : files.has("tlscertificatefile") !== files.has("tlsprivatekeyfile")),
    fault: "needs either tlsCertificateKeyFile, or tlsCertificateFile with tlsPrivateKeyFile",
  },
  {
    holds: ({ get }) => /^[+-]?0+$/.test(get("w") ?? ""),
    fault:
      "has w=0, and the exporter treats a write that the server does not acknowledge as a failure: leave w out",
  },
  {
    holds: (options) => {
      const [least = 0, most = 0] = [count(options, "minpoolsize"), count(options, "maxpoolsize")];
      return most > 0 && least > most;
    },
    fault: "has a minPoolSize above its maxPoolSize",
  },
  { holds: hasUnknownMode, fault: `has a readPreference that is none of ${MODES.join(", ")}` },
  {
    holds: (options) =>
      options.get("readpreference")?.toLowerCase() === "primary" &&
      (options.hasTags || (count(options, "maxstaleness") ?? 0) > 0),
    fault: "has readPreference=primary with tags or maxStalenessSeconds: leave these out",
  },
];

function hasUnknownMode(options: UriOptions): boolean {
  const mode = options.get("readpreference") ?? "";
  const isAsked = mode !== "" || options.hasTags || options.get("maxstaleness") !== undefined;
  return isAsked && !MODES.includes(mode.toLowerCase());
}
