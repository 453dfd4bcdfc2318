import { base64Decoded, refuseSuspects, type Suspect } from "../../secrets/connection-string";

/** In the order in which they are tried. No fault quotes the value, of which any part may be the password. */
const SUSPECTS: readonly Suspect[] = [
  {
    looksLike: (text) => /^["'`]/.test(text),
    fault: "begins with a quote, which is not part of a connection string: write it without the quotes",
  },
  {
    looksLike: (text) => /^jdbc:/i.test(text),
    fault: "holds a JDBC URL: write mongodb://user:password@host:27017/ without jdbc:",
  },
  {
    looksLike: (text) => /^\w+\s*=\s*["']?mongodb(\+srv)?:\/\//i.test(text),
    fault: "begins with a name and '=' before the URI: write only the URI",
  },
  {
    looksLike: isBase64OfUri,
    fault: "is encoded in base64 twice: put the plain connection string under stringData, or encode it once",
  },
  {
    looksLike: (text) => /^mongodb(\+srv)?:\/\//i.test(text) && !text.startsWith("mongodb"),
    fault: "has a scheme in capitals: write mongodb:// or mongodb+srv:// in lower case",
  },
  {
    looksLike: (text) => /&(amp|#38|#x26);/i.test(text.slice(text.indexOf("@") + 1)),
    fault: "holds &amp; as copied from a web page: write & between the options",
  },
];

/** Throws `ConnectionStringError` for a value that is a damaged connection string. */
export function checkSuspects(text: string): void {
  refuseSuspects(text, SUSPECTS);
}

/** Whether the text is a template's placeholder: `<password>`, `${PASSWORD}`, `{{password}}`. */
export function isPlaceholder(text: string): boolean {
  return /^(<[^<>]+>|\$\{\w+\}|\$\(\w+\)|\{\{[^{}]+\}\})$/.test(text);
}

function isBase64OfUri(text: string): boolean {
  return /^\s*mongodb(\+srv)?:\/\//.test(base64Decoded(text));
}
