import type { UriOption } from "./text";

/** Returns the fault of a value, completing "has a value of NAME that …"; undefined when it is valid. */
type Check = (value: string) => string | undefined;

function oneOf(pattern: RegExp, fault: string): Check {
  return (value) => (pattern.test(value) ? undefined : fault);
}

function within(lowest: number, highest: number): Check {
  const fault = `is not a whole number from ${lowest} to ${highest}`;
  return (value) => {
    const isNumber = /^[+-]?\d{1,5}$/.test(value);
    return isNumber && Number(value) >= lowest && Number(value) <= highest ? undefined : fault;
  };
}

const FLAG = oneOf(/^(true|false)$/, "is neither true nor false");
const COUNT = oneOf(/^(\+?\d{1,18}|-0+)$/, "is not a whole number");
const PAIRS = oneOf(/^([^:,]+:[^,]*)(,[^:,]+:[^,]*)*$/, "is not name:value, separated by commas");
const TAGS = oneOf(/^$|^([^:,]*:[^:,]*)(,[^:,]*:[^:,]*)*$/, "is not name:value, separated by commas");

/**
 * The options whose values mongo-driver 1.17 refuses when it cannot parse them, in lower case: names are not
 * case-sensitive. It ignores all other options, including `tlsAllowInvalidCertificates`. Source:
 * `addOptions` of its `connstring.go`.
 */
const CHECKS: Readonly<Record<string, Check>> = {
  authmechanismproperties: PAIRS,
  connect: oneOf(/^(automatic|direct)$/i, "is neither automatic nor direct"),
  connecttimeoutms: COUNT,
  directconnection: oneOf(/^(true|false)$/i, "is neither true nor false"),
  heartbeatfrequencyms: COUNT,
  heartbeatintervalms: COUNT,
  journal: FLAG,
  loadbalanced: FLAG,
  localthresholdms: COUNT,
  maxconnecting: COUNT,
  maxidletimems: COUNT,
  maxpoolsize: COUNT,
  maxstaleness: COUNT,
  maxstalenessseconds: COUNT,
  minpoolsize: COUNT,
  readpreferencetags: TAGS,
  retryreads: FLAG,
  retrywrites: FLAG,
  servermonitoringmode: oneOf(/^(auto|stream|poll)$/, "is none of auto, stream and poll"),
  serverselectiontimeoutms: COUNT,
  sockettimeoutms: COUNT,
  srvmaxhosts: COUNT,
  srvservicename: oneOf(/^.{1,62}$/, "is not 1 to 62 characters long"),
  ssl: FLAG,
  sslinsecure: FLAG,
  timeoutms: COUNT,
  tls: FLAG,
  tlsdisableocspendpointcheck: FLAG,
  tlsinsecure: FLAG,
  w: oneOf(/^(?!-\d*[1-9]\d*$)/, "is a negative number"),
  wtimeout: COUNT,
  wtimeoutms: COUNT,
  zlibcompressionlevel: within(-1, 9),
  zstdcompressionlevel: within(-1, 22),
};

/**
 * Why the driver cannot parse the option, completing "has …"; undefined when it can, and for options that it does not
 * support. The option is in the table, so its name cannot be part of a password.
 */
export function valueFault({ name, value }: UriOption): string | undefined {
  const lower = name.toLowerCase();
  const fault = Object.hasOwn(CHECKS, lower) ? CHECKS[lower]?.(value) : undefined;
  return fault === undefined ? undefined : `a value of ${name} that ${fault}`;
}
