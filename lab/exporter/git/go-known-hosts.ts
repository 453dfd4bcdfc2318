import { StepFailed } from "./step";

/**
 * A known_hosts file as Go's knownhosts reads it, written so that OpenSSH comes to the same end when it looks for
 * `alias`: a line that cannot be read spoils the whole file, and a name without a port is for port 22 alone.
 */
export function goKnownHosts(text: string, { hostname, port }: { hostname: string; port: number }): string {
  const alias = aliasOf({ hostname, port });
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines.flatMap((line) => rewritten(line, { hostname, port, alias })).join("\n") + "\n";
}

/** What Go's knownhosts looks for. */
export function aliasOf({ hostname, port }: { hostname: string; port: number }): string {
  return port === 22 ? hostname : `[${hostname}]:${port}`;
}

function rewritten(line: string, at: { hostname: string; port: number; alias: string }): string[] {
  const { marker, hosts, type, key } = fieldsOf(line);
  if (hosts.startsWith("|")) return [line];
  if (marker === "@revoked ") return [`@revoked * ${type} ${key}`];
  return isAbout(hosts.split(","), at) ? [`${marker}${at.alias} ${type} ${key}`] : [];
}

function fieldsOf(line: string): Record<"marker" | "hosts" | "type" | "key", string> {
  const fields = line.split(/[ \t]+/);
  const marker = /^@(revoked|cert-authority)$/.test(fields[0] ?? "") ? `${fields.shift()} ` : "";
  const [hosts = "", type = "", key = ""] = fields;
  const isKey = type !== "" && Buffer.from(key, "base64").toString("latin1").includes(type);
  if (!isKey || hosts.startsWith("@")) throw new StepFailed("known_hosts", `parse known_hosts: ${type}`);
  return { marker, hosts, type, key };
}

function isAbout(
  patterns: readonly string[],
  { hostname, port }: { hostname: string; port: number },
): boolean {
  const about = patterns.filter((pattern) => {
    const [, bracketed, plain, written] = /^!?(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(pattern) ?? [];
    const host = bracketed ?? plain ?? pattern.replace(/^!/, "");
    const matches = new RegExp(
      `^${host
        .replace(/[^*?]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)
        .replaceAll("*", ".*")
        .replaceAll("?", ".")}$`,
    );
    return Number(written ?? 22) === port && matches.test(hostname);
  });
  return about.length > 0 && !about.some((pattern) => pattern.startsWith("!"));
}
