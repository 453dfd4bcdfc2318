import { ConnectionStringError } from "../connection-string";

/** A value that is no connection string, by what it looks like, and what to write instead. */
interface Suspect {
  readonly looksLike: (text: string) => boolean;
  readonly fault: string;
}

const FORMS = "write postgresql://user:password@host:5432/database, or host=… user=… password=… dbname=…";

/** In the order in which they are tried. No fault quotes the value, of which any part may be the password. */
const SUSPECTS: readonly Suspect[] = [
  {
    looksLike: (text) => /^jdbc:/i.test(text),
    fault:
      "holds a JDBC URL: write postgresql://user:password@host:5432/database, with user and password before the host",
  },
  {
    looksLike: (text) => /^(["'`]).*\1$/s.test(text) || /^["`]|^'\w+:\/\//.test(text),
    fault: "begins with a quote, which is no part of a connection string: write it without the quotes",
  },
  {
    looksLike: isBase64OfText,
    fault: "is encoded in base64 twice: put the plain connection string under stringData, or encode it once",
  },
  {
    looksLike: (text) => /^\w+\s*=\s*["']?(jdbc:)?postgres(ql)?:\/\//i.test(text),
    fault: "begins with a name and '=' in front of the URL: write the URL alone",
  },
  {
    looksLike: (text) => /^(data source|server|host|user id)\s*=[^;]*;/i.test(text),
    fault: `separates its parameters by ';', as ADO.NET does: ${FORMS}`,
  },
  {
    looksLike: (text) => !/^postgres(ql)?:\/\//.test(text) && /^[a-z][a-z0-9+.-]*:\/\//i.test(text),
    fault: "is a URL, but does not start with postgresql:// or postgres://",
  },
  {
    looksLike: (text) => /^postgres(ql)?:(?!\/\/)/i.test(text),
    fault: "lacks '//' behind the scheme: write postgresql://user:password@host:5432/database",
  },
  {
    looksLike: (text) => /&(amp|#38|#x26);/i.test(text) && isUrl(text),
    fault: "holds &amp; as copied from a web page: write & between the parameters",
  },
  {
    looksLike: hasPlaceholder,
    fault:
      "holds a placeholder such as <password>, ${PASSWORD} or {{password}}: write the value in its place",
  },
];

/** Throws {@link ConnectionStringError} for a value that was meant to be a connection string, and is none. */
export function checkSuspects(text: string): void {
  const suspect = SUSPECTS.find(({ looksLike }) => looksLike(text));
  if (suspect) throw new ConnectionStringError(suspect.fault);
}

/** Whether pgx reads the text as a URL. */
export function isUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

function isBase64OfText(text: string): boolean {
  const packed = text.replace(/\s+/g, "");
  if (packed.length < 16 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(packed)) return false;
  const decoded = Buffer.from(packed, "base64").toString("latin1").trim();
  return /^(jdbc:)?postgres(ql)?:\/\/|^\s*[a-z_]+\s*=/.test(decoded);
}

/** In the user or password of a URL, or as the whole value of a keyword. */
function hasPlaceholder(text: string): boolean {
  return isUrl(text) ? URL_PLACEHOLDER.test(text) : KEYWORD_PLACEHOLDER.test(text);
}

const WORD = String.raw`[\w .-]*(?:pass|pwd|user|host|name|your|secret)[\w .-]*`;
const PLACEHOLDER = String.raw`(?:<${WORD}>|\[${WORD}\]|\$\{\w+\}|\{\{[^{}]+\}\})`;
const URL_PLACEHOLDER = new RegExp(String.raw`^postgres(?:ql)?://(?:[^/?#@]*:)?${PLACEHOLDER}[:@]`, "i");
const KEYWORD_PLACEHOLDER = new RegExp(
  String.raw`(?:^|\s)(?:user|password|host|dbname)\s*=\s*'?${PLACEHOLDER}'?(?:\s|$)`,
  "i",
);
