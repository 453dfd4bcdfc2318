import {
  base64Decoded,
  ConnectionStringError,
  refuseSuspects,
  type Suspect,
} from "../../secrets/connection-string";

const FORMS = "write postgresql://user:password@host:5432/database, or host=… user=… password=… dbname=…";

const URL_FORM = "postgresql://user:password@host:5432/database";

/** In the order in which they are tried. No fault quotes the value, of which any part may be the password. */
const SUSPECTS: readonly Suspect[] = [
  {
    looksLike: (text) => /^jdbc:/i.test(text),
    fault: `holds a JDBC URL: write ${URL_FORM}, with user and password before the host`,
  },
  {
    looksLike: (text) => /^(["'`]).*\1$/s.test(text) || /^["`“”„‘’]|^'\w+:\/\//.test(text),
    fault: "begins with a quote, which is not part of a connection string: write it without the quotes",
  },
  {
    looksLike: (text) => /^[<[(]\s*postgres(ql)?:\/\//.test(text),
    fault: "is enclosed in brackets, which are no part of a connection string: write it without them",
  },
  {
    looksLike: isBase64OfText,
    fault: "is encoded in base64 twice: put the plain connection string under stringData, or encode it once",
  },
  {
    looksLike: (text) => /^(export\s+)?\w+\s*[=:]\s*["']?(jdbc:)?postgres(ql)?(\+\w+)?:\/\//i.test(text),
    fault: "begins with a name and '=' or ':' in front of the URL: write the URL alone",
  },
  {
    looksLike: (text) => /^(op:\/\/|vault:|ref\+\w+:|ENC\[|arn:aws:)/.test(text),
    fault: "is a reference to a store of secrets: write the connection string that it stands for",
  },
  {
    looksLike: (text) => /^(psql|pg_dump|export)\s/.test(text),
    fault: "begins with a command: write the connection string alone",
  },
  { looksLike: (text) => text.startsWith("{"), fault: `is JSON and no connection string: ${FORMS}` },
  {
    looksLike: (text) =>
      /^(data source|server|host|user id|username|driver|dsn|database)\s*=[^;=]*;/i.test(text),
    fault: `separates its parameters by ';', as ADO.NET and ODBC do: ${FORMS}`,
  },
  {
    looksLike: (text) => /^\w+\s*=\s*[^\s,]*,\s*\w+\s*=/.test(text),
    fault: `separates its parameters by ',': ${FORMS}`,
  },
  { looksLike: (text) => /^pgsql:(?!\/\/)/.test(text), fault: `is a data source name of PHP: ${FORMS}` },
  ...schemeSuspects(),
  {
    looksLike: (text) => /^postgres(ql)?:\\?\/\\?\//.test(text) && /^postgres(ql)?:.?\\/.test(text),
    fault: "writes '/' as '\\/', as JSON does: write '/' alone",
  },
  {
    looksLike: (text) => /^postgres(ql)?:(?!\/\/)/i.test(text),
    fault: `lacks '//' behind the scheme: write ${URL_FORM}`,
  },
  {
    looksLike: (text) => /&(amp|#38|#x26);|\\u0026/i.test(text) && isUrl(text),
    fault: "holds &amp; as copied from a web page, or \\u0026 as in JSON: write & between the parameters",
  },
  {
    looksLike: (text) => isUrl(text) && text.endsWith("\\n"),
    fault: "ends in the two characters \\n: remove them",
  },
  {
    looksLike: (text) => isUrl(text) && /:tcp:\/\//.test(text),
    fault:
      "has a port such as tcp://10.0.0.1:5432, as the variables of a Service have it: write the number of the port alone",
  },
  {
    looksLike: hasPlaceholder,
    fault:
      "holds a placeholder such as <password>, ${PASSWORD} or {{password}}: write the value in its place",
  },
  {
    looksLike: (text) => text !== "" && !isUrl(text) && !text.includes("="),
    fault: `is no connection string: ${FORMS}`,
  },
];

/** URLs that pgx does not parse as URLs. */
function schemeSuspects(): Suspect[] {
  return [
    {
      looksLike: (text) =>
        /^(\w+\+)?postgres(ql)?(\+\w+)?:\/\//i.test(text) && text.split("://", 1)[0]?.includes("+") === true,
      fault: "names a driver in its scheme, as SQLAlchemy and Celery do: write postgresql:// without it",
    },
    {
      looksLike: (text) => !isUrl(text) && /^postgres(ql)?:\/\//i.test(text),
      fault: "has capital letters in its scheme: write postgresql:// in lower case",
    },
    {
      looksLike: (text) =>
        /^(mysql2?|mariadb|mongodb(\+srv)?|rediss?|sqlserver|mssql|oracle|sqlite3?):/i.test(text),
      fault: `is a URL for another database: write ${URL_FORM}`,
    },
    {
      looksLike: (text) => !isUrl(text) && /^[a-z][a-z0-9+.-]*:\/\//i.test(text),
      fault: `is a URL, but does not start with postgresql:// or postgres://: write ${URL_FORM}`,
    },
  ];
}

/** Invisible characters that Go does not treat as white space and that no connection string has. */
export const INVISIBLE = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/;

/** Throws {@link ConnectionStringError} for a value that is a damaged connection string. */
export function checkSuspects(text: string): void {
  if (INVISIBLE.test(text)) {
    throw new ConnectionStringError(
      "holds a character that cannot be seen, such as a zero-width space: write the value again without it",
    );
  }
  refuseSuspects(text.trim(), SUSPECTS);
}

/** Whether pgx parses the text as a URL. */
export function isUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

function isBase64OfText(text: string): boolean {
  const decoded = base64Decoded(text).trim();
  return /^["']?(jdbc:)?postgres(ql)?(\+\w+)?:\/\/|^\s*[a-z_]+\s*=/.test(decoded);
}

/** Whether user or password of a URL, or the whole value of a keyword, is a placeholder. */
function hasPlaceholder(text: string): boolean {
  return isUrl(text)
    ? URL_PLACEHOLDER.test(text) || HOST_PLACEHOLDER.test(text)
    : KEYWORD_PLACEHOLDER.test(text);
}

const WORD = String.raw`[\w .-]*(?:pass|pwd|user|host|name|your|secret)[\w .-]*`;
const PLACEHOLDER = String.raw`(?:<${WORD}>|\[${WORD}\]|\$\{\w+\}|\{\{[^{}]+\}\}|%\(\w+\)s)`;
const URL_PLACEHOLDER = new RegExp(String.raw`^postgres(?:ql)?://(?:[^/?#@]*:)?${PLACEHOLDER}[:@]`, "i");
/** In host and port, these characters have no other meaning. */
const HOST_PLACEHOLDER =
  /^postgres(?:ql)?:\/\/(?:[^/?#@]*@)?(?:[^/?#@:]*(?:<[^/?#@>]+>|\$\{?\w+\}?|\{\{)|[^/?#@:]+:<?PORT\b)/i;
const KEYWORD_PLACEHOLDER = new RegExp(
  String.raw`(?:^|\s)(?:user|password|host|dbname)\s*=\s*'?${PLACEHOLDER}'?(?:\s|$)`,
  "i",
);
