import { quoted } from "../messages";

/** The properties of a provider in messages. */
interface Forms {
  readonly scheme: string;
  readonly forms: string;
}

interface Fault {
  readonly looksLike: RegExp;
  /** Begins with a verb; `found` is the match of the expression's parentheses. */
  readonly say: (found: string, provider: Forms) => string;
}

const CONSOLE =
  "(?:[a-z0-9.-]*\\.)?console\\.aws\\.amazon\\.com|console\\.cloud\\.google\\.com|storage\\.cloud\\.google\\.com|" +
  "dash\\.cloudflare\\.com|cloud\\.digitalocean\\.com|console\\.wasabisys\\.com";

/** Texts that are pasted together with an endpoint or instead of one, in the order in which they are tried. */
const FAULTS: readonly Fault[] = [
  { looksLike: /^["'`“”‘’]|["'`“”‘’]$/, say: () => "is enclosed in quotes. Remove them" },
  {
    looksLike: /<[^<>/]*>|\{\{|\$\{/,
    say: () => "holds a placeholder such as <account>. Write the name instead",
  },
  {
    looksLike: /^arn:aws[a-z-]*:s3:[^:]*:[^:]*:accesspoint/i,
    say: () =>
      "is the ARN of an access point, and the exporter writes only to buckets. Write the bucket's name",
  },
  {
    looksLike: /^arn:aws[a-z-]*:s3:::([A-Za-z0-9._/-]+)$/i,
    say: (found) => `is an ARN. Write s3://${quoted(found)}`,
  },
  {
    looksLike: /^s3:(https?:\/\/[^@]+)$/i,
    say: (found) => `has s3: before the URL, as restic writes it. Write ${quoted(found)}`,
  },
  {
    looksLike: /^(?:https?|s3|gs):\/(?!\/)/i,
    say: (_, { forms }) => `lacks a slash after the scheme. Write it as ${forms}`,
  },
  {
    looksLike: /^([A-Za-z0-9.-]+:\d{1,5}(?:\/[^@]*)?)$/,
    say: (found) => `names a host and port without http:// or https://. Write http://${quoted(found)}`,
  },
  {
    looksLike: new RegExp(`^https?://(?:${CONSOLE})(?:[/?#]|$)`, "i"),
    say: (_, { scheme }) =>
      `is the address of a page, and not of the storage. Write ${scheme}://bucket/prefix`,
  },
  {
    looksLike: /^https?:\/\/[a-z0-9-]+\.(?:blob|dfs)\.core\.windows\.net(?:[:/?#]|$)/i,
    say: () =>
      "is the address of Azure's storage, which does not support the S3 protocol. Name a service that does",
  },
  {
    looksLike: /^https?:\/\/(?:api[0-9]*|f[0-9]+)\.backblazeb2\.com(?:[:/?#]|$)/i,
    say: () =>
      "is the address of Backblaze's own API. Write that of its S3 API: https://s3.REGION.backblazeb2.com/bucket",
  },
  {
    looksLike: /^https?:\/\/(?:[a-z0-9.-]+\.)?s3-website[.-][a-z0-9.-]*amazonaws\.com/i,
    say: (_, { scheme }) =>
      `is the address of a static website, which does not store objects. Write ${scheme}://bucket/prefix`,
  },
];

/** The fault of a damaged endpoint; undefined for one that can be parsed. */
export function endpointFault(text: string, provider: Forms): string | undefined {
  for (const { looksLike, say } of FAULTS) {
    const match = looksLike.exec(text);
    if (match) return say(match[1] ?? "", provider);
  }
  return undefined;
}

/** Hosts of services whose consoles show a bucket's address with the bucket in the name. */
const VENDORS: readonly RegExp[] = [
  /^([a-z0-9.-]+)\.([a-z0-9]+\.digitaloceanspaces\.com)$/,
  /^([a-z0-9.-]+)\.([a-z0-9]{32}(?:\.[a-z]+)?\.r2\.cloudflarestorage\.com)$/,
  /^([a-z0-9.-]+)\.(s3\.[a-z0-9-]+\.(?:wasabisys\.com|backblazeb2\.com|scw\.cloud|io\.cloud\.ovh\.net|ovh\.net))$/,
];

/** The bucket in a host name of a service other than AWS, and the host without it. */
export function vendorBucket(host: string): { readonly host: string; readonly bucket: string } | undefined {
  for (const vendor of VENDORS) {
    const [, bucket, plain] = vendor.exec(host.toLowerCase()) ?? [];
    if (bucket !== undefined && plain !== undefined) return { bucket, host: plain };
  }
  return undefined;
}
