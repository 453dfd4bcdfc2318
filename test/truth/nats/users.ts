const INBOX = ["_INBOX.>"];
const UPDATE = "$JS.API.STREAM.UPDATE.S";
const CREATE = "$JS.API.STREAM.CREATE.S";
const INFO = "$JS.API.STREAM.INFO.S";
const ACCOUNT = "$JS.API.INFO";
const NAMES = "$JS.API.STREAM.NAMES";
const ASK = "$SYS.REQ.USER.INFO";

const may = (...publish: readonly string[]): object => ({ publish, subscribe: INBOX });

/** Users of the main server's first account and their permissions; undefined restricts nothing. */
export const USERS: Readonly<Record<string, object | undefined>> = {
  full: undefined,
  min: may("a.b", UPDATE, CREATE),
  nocreate: may("a.b", UPDATE),
  noupdate: may("a.b", CREATE),
  minstreaminfo: may("a.b", INFO, UPDATE, CREATE),
  infocreate: may("a.b", INFO, ACCOUNT, CREATE),
  infoupdate: may("a.b", INFO, ACCOUNT, UPDATE),
  mininfo: may("a.b", ACCOUNT, UPDATE, CREATE),
  infoonly: may("a.b", ACCOUNT, INFO),
  nosubj: may(UPDATE, CREATE),
  noinbox: { publish: ["a.b", UPDATE, CREATE], subscribe: ["x"] },
  shallowinbox: { publish: [">"], subscribe: ["_INBOX.*"] },
  twolevels: { publish: [">"], subscribe: ["_INBOX.*.*"] },
  inboxdenied: { publish: [">"], subscribe: { deny: ["_INBOX.>"] } },
  pubonly: may("a.b"),
  jsall: may("a.b", "$JS.API.>"),
  names: may("a.b", UPDATE, CREATE, NAMES),
  uimin: may("a.b", UPDATE, CREATE, ASK),
  uifull: may("a.b", INFO, ACCOUNT, UPDATE, CREATE, ASK),
  uistar: may("a.*", "$JS.API.STREAM.*.S", ASK),
  uigreater: may("a.>", "$JS.API.STREAM.>", ASK),
  uiother: may("a.c", "a.b.c", "a", "*.c", "$JS.API.STREAM.>", ASK),
  uinosubj: may(UPDATE, CREATE, ASK),
  uinoupdate: may("a.b", INFO, CREATE, ASK),
  uinocreate: may("a.b", INFO, UPDATE, ASK),
  uinfo: may("a.b", INFO, ACCOUNT, ASK),
  uideny: { publish: { deny: ["a.b"] }, subscribe: INBOX },
  uidenywide: { publish: { allow: [">"], deny: ["a.>"] }, subscribe: INBOX },
  uidenyother: { publish: { allow: [">"], deny: ["a.c", "b.>"] }, subscribe: INBOX },
  uidenyupdate: { publish: { deny: ["$JS.API.STREAM.UPDATE.>"] } },
  uidenycreate: { publish: { deny: ["$JS.API.STREAM.CREATE.*"] } },
  // May answer requests, which is no right to publish the subject.
  uiresponses: { ...may(UPDATE, CREATE, ASK), allow_responses: true },
  responsesonly: { subscribe: INBOX, allow_responses: true },
  uiresponsesfull: { ...may("a.b", UPDATE, CREATE, ASK), allow_responses: { max: 5, expires: "1m" } },
};
