import type { Secret } from "../../domain/ports";

/**
 * Names that other programs use for a value, by the keys that the exporter reads; without punctuation and in lower
 * case. Messages show only these well-known names.
 */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  dsn: words("uri fqdnuri pguri postgresurl postgresuri databasedsn databaseuri connection"),
  uri: words("mongouri mongourl mongodburl mongoconnectionstring connectionstringstandard connection"),
  "credentials.json": words(
    "keyjson serviceaccountjson serviceaccountkeyjson sajson gcpcredentials credentials serviceaccountkey gcpsakey " +
      "googleapplicationcredentials googlecredentials cloud",
  ),
  accessKeyID: words(
    "accesskey awsaccesskey s3accesskey s3accesskeyid rootuser miniorootuser minioaccesskey username",
  ),
  secretAccessKey: words(
    "secretkey awssecretkey s3secretkey s3secretaccesskey rootpassword miniorootpassword miniosecretkey password",
  ),
  "ssh-privatekey": words("privatekey sshkey deploykey ided25519 idecdsa identityfile"),
  token: words(
    "accesstoken pat personalaccesstoken bearertoken githubtoken gitlabtoken apitoken deploytoken",
  ),
  username: words("user saslusername apikey natsuser login"),
  password: words("pass saslpassword apisecret natspassword userpassword"),
  creds: words("natscreds usercreds syscreds jwt"),
};

function words(text: string): string[] {
  return text.split(" ");
}

/** Keys that hold a file of AWS's tools which contains the access key. */
const PROFILES = ["cloud", "credentials", "config"];

/** Keys of Secrets that hold a connection in parts. */
const PARTS = ["host", "hostname", "port", "username", "user", "password", "database", "dbname"];

/** The first keys of Secrets that must hold all parts in one value. */
const WHOLES = ["dsn", "uri"];

/** The sentence for a Secret that has a value under a name which the exporter does not read; empty if there is none. */
export function lookAlikeHint(secret: Pick<Secret, "data">, keys: readonly string[]): string {
  const others = [...secret.data.keys()].filter((key) => !keys.includes(key));
  for (const key of keys) {
    const names = [plain(key), ...(ALIASES[key] ?? [])];
    const found = others.find((other) => names.includes(plain(other)));
    if (found !== undefined) return `It has ${found}, which is not read: store the value as ${key}.`;
  }
  const profile = others.find((other) => PROFILES.includes(other));
  if (profile !== undefined && keys[0] === "accessKeyID")
    return `It has ${profile}, a file that is not read: store its values as accessKeyID and secretAccessKey.`;
  const parts = [...secret.data.keys()].filter((key) => PARTS.includes(key));
  return parts.length > 1 && WHOLES.includes(keys[0] ?? "")
    ? `It has ${parts.slice(0, 3).join(", ")}: put these parts into one connection string as ${keys[0]}.`
    : "";
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, "");
}
