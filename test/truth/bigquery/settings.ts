import { PROJECT } from "../../../lab/backends/bigquery";
import type { TruthRow } from "../../../lab/truth/row";
import { keyFile, row, type BigqueryServers, type RowParts } from "./server";

type Change = (file: Record<string, string>) => Record<string, unknown>;

/** A row whose key file is damaged or changed as JSON text. */
function withText(id: string, about: string, damage: (text: string) => string): TruthRow<BigqueryServers> {
  const keys: RowParts["keys"] = (server) => ({ "credentials.json": damage(text(server)) });
  return row(id, about, { fact: "C", keys });
}

function withMembers(id: string, about: string, change: Change): TruthRow<BigqueryServers> {
  return withText(id, about, (file) => {
    const members = JSON.parse(file) as Record<string, string>;
    return JSON.stringify({ ...members, ...change(members) });
  });
}

const text = (server: BigqueryServers): string => keyFile(server)["credentials.json"] ?? "";

/** What is damaged on the way into a Secret. */
const KEY_FILES = [
  withText("key-line-end", "a line end behind the file", (file) => `${file}\n`),
  withText("key-indented", "the file with indentation", (file) => JSON.stringify(JSON.parse(file), null, 2)),
  withText("key-quoted", "the file as a string of JSON", (file) => JSON.stringify(file)),
  withText("key-single-quotes", "the file in single quotes", (file) => `'${file}'`),
  withText("key-raw-line-breaks", "line breaks instead of \\n", (file) => file.replaceAll("\\n", "\n")),
  withText("key-escaped-twice", "\\n escaped twice", (file) => file.replaceAll("\\n", "\\\\n")),
  withText("key-base64", "the file in base64", (file) => Buffer.from(file).toString("base64")),
  withText("key-cut", "half of the file", (file) => file.slice(0, file.length / 2)),
  withText("key-path", "the path of a file", () => "/var/run/secrets/credentials.json"),
  withText("key-byte-order-mark", "a byte order mark", (file) => `\ufeff${file}`),
  withText(
    "key-pem",
    "the private key alone",
    (file) => (JSON.parse(file) as { private_key: string }).private_key,
  ),
  withText("key-empty", "an empty value", () => ""),
  withMembers("key-external-account", "type external_account", () => ({ type: "external_account" })),
  withMembers("key-authorized-user", "type authorized_user", () => ({ type: "authorized_user" })),
  withMembers("key-no-type", "no type", () => ({ type: undefined })),
  withMembers("key-no-private-key", "no private_key", () => ({ private_key: undefined })),
  withMembers("key-other-id", "the id of another key", () => ({ private_key_id: "0".repeat(40) })),
  withMembers("key-other-email", "the address of another account", ({ client_email = "" }) => ({
    client_email: client_email.replace("kollect", "other"),
  })),
  withMembers("key-further-member", "a further member", () => ({ universe_domain: "googleapis.com" })),
  row("key-deleted", "a key of a deleted account", {
    fact: "C",
    keys: ({ google, stranger }) => ({ "credentials.json": google.keyFile(stranger) }),
  }),
];

const SHARED = { spec: () => ({ secretRef: { name: "shared" } }) };

/** Which Secrets and settings are read. */
const REFERENCES = [
  row("key-other-name", "the key file under another key", {
    fact: "C",
    keys: (server) => ({ "key.json": text(server) }),
  }),
  row("shared-secret-only", "credentials in spec.secretRef only", {
    fact: "C",
    keys: null,
    ...SHARED,
    secrets: (server) => ({ shared: keyFile(server) }),
  }),
  row("shared-secret-garbage", "garbage in spec.secretRef beside a good Secret", {
    fact: "C",
    ...SHARED,
    secrets: () => ({ shared: { "credentials.json": "{" } }),
  }),
  row("shared-secret-dangling", "spec.secretRef names no Secret", { fact: "C", ...SHARED }),
  row("own-secret-dangling", "spec.bigquery.secretRef names no Secret", {
    fact: "C",
    target: { secretRef: { name: "nope" } },
  }),
  row("ca-secret-dangling", "spec.tls.caSecretRef names no Secret", {
    fact: "C",
    spec: ({ authority }) => ({
      tls: { caBundle: Buffer.from(authority.cert).toString("base64"), caSecretRef: { name: "nope" } },
    }),
  }),
  row("no-secret", "no Secret", { fact: "C", keys: null }),
  row("certificate", "a broken client certificate beside the key file", {
    fact: "C",
    keys: (server) => ({ ...keyFile(server), "tls.crt": "x", "tls.key": "y" }),
  }),
  row("options", "spec.options, which is not read", {
    fact: "C",
    spec: () => ({ options: { dataset: "other" } }),
  }),
];

const name = (id: string, about: string, target: RowParts["target"]): TruthRow<BigqueryServers> =>
  row(id, about, { fact: "C", ...(target ? { target } : {}) });

/** Names that are written with more than themselves. */
const NAMES = [
  name("dataset-dot", "dataset as project.dataset", { dataset: `${PROJECT}.inventory` }),
  name("dataset-colon", "dataset as project:dataset", { dataset: `${PROJECT}:inventory` }),
  name("dataset-hyphen", "dataset with a hyphen", { dataset: "inven-tory" }),
  name("table-dot", "table as dataset.table", { table: "inventory.items" }),
  name("table-qualified", "table as project.dataset.table", { table: `${PROJECT}.inventory.items` }),
  name("table-backticks", "table in backticks", { table: "`items`" }),
  name("dataset-empty", "an empty dataset", { dataset: "" }),
  name("project-title", "the project's title", { project: "Example Project" }),
  name("location-empty", "an empty location", { location: "" }),
];

export const SETTING_ROWS: readonly TruthRow<BigqueryServers>[] = [...KEY_FILES, ...REFERENCES, ...NAMES];
