/**
 * Pattern of a credential on one line that a server may have refused because of its form. No match is refused before it
 * is sent: a password may begin with a quote.
 */
interface Suspect {
  readonly looksLike: (text: string) => boolean;
  /** Completes "The key password of Secret login …". */
  readonly hint: string;
}

/** In the order in which they are tried. No hint quotes the value. */
const SUSPECTS: readonly Suspect[] = [
  {
    looksLike: (text) => /^(["'`]).+\1$/s.test(text) || /^[“”„‘’«].*[“”‘’»]$/s.test(text),
    hint: "is enclosed in quotes, which are sent with it: remove them",
  },
  {
    looksLike: (text) =>
      /^(?:<[^<>]+>|\[[A-Z][A-Z _-]+\]|\$\{?[A-Za-z_]\w*\}?|\$\(\w+\)|\{\{.+\}\}|%\(\w+\)s)$/.test(text) ||
      /^(?:change-?me|replace-?me|todo|x{3,}|your[-_ ].+|my[-_ ](?:password|token|secret))$/i.test(text),
    hint: "looks like a placeholder: write the real value instead",
  },
  {
    looksLike: (text) => /^(?:op:\/\/|vault:|ref\+\w+:|ENC\[|arn:aws:(?:secretsmanager|ssm):)/.test(text),
    hint: "looks like a reference to a secret store: write the referenced value",
  },
  {
    looksLike: (text) => /^(?:export +)?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+ *= *\S/.test(text),
    hint: "has a name and '=' in front of it, as files of variables do: write only the value",
  },
  {
    looksLike: (text) => /^(?:Authorization: *)?(?:Bearer|Basic|token) +\S+$/i.test(text),
    hint: "has a word of the Authorization header in front of it: write only the value",
  },
  {
    looksLike: (text) => /^machine +\S+\s+login +\S/.test(text),
    hint: "is a line of a .netrc file: write only its password",
  },
  {
    looksLike: (text) => /^~?(?:\/[\w.-]+)+\.(?:creds|crt|json|key|nk|pem|token|txt)$/.test(text),
    hint: "is the name of a file: write the file's content",
  },
  {
    looksLike: (text) => /^(?:\$\$|\\+\$)ConnectionString$/.test(text),
    hint: "has '$' twice or escaped, as other programs need it: write $ConnectionString",
  },
  { looksLike: isBase64OfText, hint: "looks encoded in base64 twice: encode it once, or use stringData" },
];

/** The possible fault of a value that a server refused; undefined when its form is not suspicious. */
export function suspectHint(text: string): string | undefined {
  return SUSPECTS.find(({ looksLike }) => looksLike(text))?.hint;
}

/** About one in a million random texts of 16 characters matches by accident. */
function isBase64OfText(text: string): boolean {
  if (!/^[A-Za-z0-9+/]{8,}={0,2}\n?$/.test(text) || text.trim().length % 4 !== 0) return false;
  const decoded = Buffer.from(text, "base64");
  return decoded.length >= 6 && /^[\x20-\x7e]+\n?$/.test(decoded.toString("latin1"));
}
