import { hashed } from "../../../lab/backends/git-keys";
import type { TruthRow } from "../../../lab/truth/row";
import { CLI, keys, known, OVER_SSH } from "./over-ssh";
import { HOST_KEY, OTHER_HOST_KEY, rowsOf, scanned, type SshServers } from "./server";

/** Host keys and repositories over SSH. */
export const SSH_HOST_ROWS: readonly TruthRow<SshServers>[] = rowsOf("git", OVER_SSH, [
  ["ssh-no-known-hosts", "no known_hosts", "C", { keys: keys({ known_hosts: undefined }) }],
  ["ssh-known-hosts-blank", 'known_hosts ""', "C", { keys: keys({ known_hosts: "" }) }],
  [
    "ssh-wrong-known-hosts",
    "known_hosts with another key",
    "C",
    {
      keys: known((name) => scanned(name, OTHER_HOST_KEY)),
    },
  ],
  ["ssh-known-no-port", "entry without the port", "C", { keys: known((_, { ssh }) => scanned(ssh.host)) }],
  ["ssh-known-hashed", "hashed entry", "C", { keys: known((name) => scanned(hashed(name))) }],
  [
    "ssh-known-hashed-no-port",
    "hashed entry without the port",
    "C",
    {
      keys: known((_, { ssh }) => scanned(hashed(ssh.host))),
    },
  ],
  [
    "ssh-known-several",
    "entry among others, with comments",
    "C",
    {
      keys: known(
        (name) => `# hosts\n\n${scanned("git.example.com", OTHER_HOST_KEY)}${scanned(`a.example,${name}`)}`,
      ),
    },
  ],
  ["ssh-known-star", "entry for * alone", "C", { keys: known(() => scanned("*")) }],
  [
    "ssh-known-star-port",
    "entry for [*] with the port",
    "C",
    {
      keys: known((_, { ssh }) => scanned(`[*]:${ssh.port}`)),
    },
  ],
  [
    "ssh-known-broken-line",
    "a line that cannot be read before a good one",
    "C",
    {
      keys: known((name) => `broken line\n${scanned(name)}`),
    },
  ],
  [
    "ssh-known-broken-line-cli",
    "the same with engine cli",
    "C",
    {
      keys: known((_, { ssh }) => `broken line\n${scanned(ssh.host)}`),
      spec: CLI,
    },
  ],
  [
    "ssh-known-fingerprint",
    "a fingerprint instead of the key",
    "C",
    {
      keys: known(() => "SHA256:vIBfJz8LfdrtgvBXwaosUyfifUqF0UL9ptKieb8K0oQ\n"),
    },
  ],
  ["ssh-known-bare-key", "a key without a host", "C", { keys: known(() => HOST_KEY.public) }],
  [
    "ssh-known-revoked",
    "the key is revoked, and known",
    "C",
    {
      keys: known((name) => `@revoked * ${HOST_KEY.public.trim()}\n${scanned(name)}`),
    },
  ],
  [
    "ssh-known-revoked-elsewhere",
    "the key is revoked for another host, and known",
    "C",
    {
      keys: known((name) => `@revoked other.example ${HOST_KEY.public.trim()}\n${scanned(name)}`),
    },
  ],
  [
    "ssh-insecure",
    "insecureSkipVerify, no known_hosts",
    "C",
    {
      keys: keys({ known_hosts: undefined }),
      spec: { tls: { insecureSkipVerify: true }, git: { auth: { type: "ssh" } } },
    },
  ],
  [
    "ssh-insecure-wrong",
    "insecureSkipVerify, known_hosts with another key",
    "C",
    {
      keys: known((name) => scanned(name, OTHER_HOST_KEY)),
      spec: { tls: { insecureSkipVerify: true }, git: { auth: { type: "ssh" } } },
    },
  ],
  [
    "ssh-insecure-cli",
    "insecureSkipVerify, no known_hosts, engine cli",
    "C",
    {
      keys: keys({ known_hosts: undefined }),
      spec: { tls: { insecureSkipVerify: true }, ...CLI },
    },
  ],
  [
    "ssh-cli",
    "engine cli, entry of the plain host",
    "C",
    {
      keys: known((_, { ssh }) => scanned(ssh.host)),
      spec: CLI,
    },
  ],
  ["ssh-cli-port-entry", "engine cli, entry with the port", "C", { spec: CLI }],
  ["ssh-cli-star", "engine cli, entry for * alone", "C", { keys: known(() => scanned("*")), spec: CLI }],
  [
    "ssh-cli-no-known-hosts",
    "engine cli, no known_hosts",
    "C",
    {
      keys: keys({ known_hosts: undefined }),
      spec: CLI,
    },
  ],
  [
    "ssh-ca-garbage",
    "caBundle garbage",
    "C",
    {
      spec: { tls: { caBundle: Buffer.from("garbage").toString("base64") }, git: { auth: { type: "ssh" } } },
    },
  ],
  ["ssh-scp", "scp form", "C", { endpoint: ({ ssh }, path) => `git@${ssh.host}:${path.slice(1)}` }],
  [
    "ssh-colon",
    "ssh:// with a colon before the path",
    "C",
    {
      endpoint: ({ ssh }, path) => `ssh://git@${ssh.host}:${path.slice(1)}`,
    },
  ],
  ["ssh-empty", "empty repository", "S", { repository: {} }],
  [
    "ssh-empty-cli",
    "empty repository, engine cli",
    "S",
    {
      repository: {},
      keys: known((_, { ssh }) => scanned(ssh.host)),
      spec: CLI,
    },
  ],
  [
    "ssh-branch-missing",
    "git.branch feature missing",
    "S",
    {
      spec: { git: { branch: "feature", auth: { type: "ssh" } } },
    },
  ],
  [
    "ssh-branch-missing-cli",
    "git.branch feature missing, engine cli",
    "S",
    {
      keys: known((_, { ssh }) => scanned(ssh.host)),
      spec: { git: { ...CLI.git, branch: "feature" } },
    },
  ],
  [
    "ssh-master",
    "default branch master, none named",
    "S",
    {
      repository: { branches: ["master"], head: "master" },
    },
  ],
  ["ssh-missing-repo", "repository missing", "S", { repository: null }],
  [
    "ssh-pre-receive",
    "pre-receive refuses",
    "W",
    {
      repository: { branches: ["main"], hooks: { "pre-receive": "#!/bin/sh\nexit 1\n" } },
    },
  ],
]);
