import { describe, expect, it } from "vitest";
import type { KollectDatabaseSink } from "../../../../capabilities/api/types";
import { DEFAULT_EXPORTER } from "../../../../capabilities/domain/exporter/settings";
import { FailureError } from "../../../../capabilities/domain/failure";
import type { SshPlan } from "../../../../capabilities/probes/git/plan";
import { gitlabProbe, gitProbe } from "../../../../capabilities/probes/git/probe";
import { gitCase, PASSWORD, TOKEN, type GitCaseOptions } from "../../../../lab/backends/git";
import { HOSTS, HTTPS, KEY, plan, refusal, SSH } from "./planned";

describe("what a git sink names", () => {
  const fieldsOf = (options: GitCaseOptions): string[] =>
    gitProbe.references(gitCase(HTTPS, options).sink).map(({ field }) => field);

  it("is spec.secretRef, and the authorities of spec.tls", () => {
    expect(fieldsOf({ ca: { "ca.crt": "" } })).toEqual(["spec.secretRef", "spec.tls.caSecretRef"]);
    expect(fieldsOf({ secret: null })).toEqual([]);
  });

  it("is spec.git.auth.secretRef alone when that is there, and never for the type gitlab", () => {
    expect(fieldsOf({ authSecret: { token: TOKEN } })).toEqual(["spec.git.auth.secretRef"]);
    const { sink } = gitCase(HTTPS, { type: "gitlab", authSecret: { token: TOKEN } });
    expect(gitlabProbe.references(sink).map(({ field }) => field)).toEqual(["spec.secretRef"]);
  });

  it("is nothing for a sink of another kind", () => {
    const sink = { kind: "KollectDatabaseSink", spec: { type: "postgres" } } as KollectDatabaseSink;
    expect(() => gitProbe.references(sink)).toThrow(FailureError);
  });
});

describe("the plan of a git sink", () => {
  it.each([
    [HTTPS, "git.example.com:443"],
    ["http://kollect@git.shop.svc:3000/r.git#branch=main", "git.shop.svc:3000"],
    ["https://[fd00::5]/r.git", "[fd00::5]:443"],
  ])("for %s dials %s", (endpoint, dialled) => {
    expect(plan(endpoint).endpoint).toBe(dialled);
  });

  it.each([
    [SSH, { username: "other\n" }, "other", "other"],
    [SSH, {}, "git", "git"],
    ["ssh://git.example.com/r.git", {}, "git", "git"],
    ["ssh://alice@git.example.com/r.git", {}, "alice", "git"],
  ])(
    "for %s with %j logs in as %s, and as %s the way the exporter does",
    (endpoint, values, declared, read) => {
      const secret = { identity: KEY.private, known_hosts: HOSTS, ...values };
      const made = plan(endpoint, { secret }) as SshPlan;
      expect(made).toMatchObject({
        endpoint: "git.example.com:22",
        credentials: { user: declared, key: "identity" },
      });
      expect(made.otherUser === undefined).toBe(declared === read);
      const strict = plan(endpoint, { secret }, { ...DEFAULT_EXPORTER, strict: true }) as SshPlan;
      expect(strict).toMatchObject({ credentials: { user: read } });
      expect(strict.otherUser).toBeUndefined();
    },
  );

  it.each([
    [{ engine: "go-git" }, "/~kollect/r.git"],
    [{ engine: "cli" }, "~kollect/r.git"],
  ] as const)("with %j asks for a path from a home as the engine does", (git, path) => {
    const secret = { identity: KEY.private, known_hosts: HOSTS };
    const made = plan("ssh://git.example.com/~kollect/r.git", {
      secret,
      git: { ...git, auth: { type: "ssh" } },
    });
    expect(made.at.path).toBe(path);
  });

  it.each([
    ["git", {}, undefined, ["EmptyRepository", "BranchMissing"]],
    ["git", { branch: "feature" }, "spec.git.branch", ["EmptyRepository", "BranchMissing"]],
    ["git", { branch: "feature", engine: "cli" }, "spec.git.branch", []],
    ["gitlab", { branch: "feature", engine: "cli" }, undefined, ["EmptyRepository", "BranchMissing"]],
  ] as const)("of type %s with %j writes to the branch that the exporter does", (type, git, field, fatal) => {
    const { target } = plan(HTTPS, { type, git });
    expect(target).toMatchObject({ branch: field ? "refs/heads/feature" : "refs/heads/main", fatal });
    expect(target.field).toBe(field);
    const { target: patched } = plan(HTTPS, { type, git }, { ...DEFAULT_EXPORTER, version: "none" });
    expect(patched.fatal).toEqual([]);
  });

  it.each([
    ["token", SSH, "expects a token and an https:// endpoint"],
    ["ssh", HTTPS, "needs an ssh:// endpoint"],
  ] as const)("refuses spec.git.auth.type %s for %s", (type, endpoint, words) => {
    const secret = { token: TOKEN, identity: KEY.private, known_hosts: HOSTS };
    const failure = refusal(endpoint, { secret, git: { auth: { type } } });
    expect(failure).toMatchObject({ cause: "InvalidConfiguration" });
    expect(failure.message).toContain(words);
  });

  it.each([
    ["a missing endpoint", undefined, {}, "InvalidConfiguration", "spec.endpoint is missing"],
    [
      "a branch that Git refuses",
      HTTPS,
      { git: { branch: "a..b" } },
      "InvalidConfiguration",
      "spec.git.branch",
    ],
    [
      "a branch in the endpoint that Git refuses",
      `${HTTPS}#branch=-x`,
      {},
      "InvalidConfiguration",
      "#branch=",
    ],
    [
      "a target branch that Git refuses",
      HTTPS,
      { type: "gitlab", gitlab: { mergeRequest: { mode: "merge_request", targetBranch: "a b" } } },
      "InvalidConfiguration",
      "spec.gitlab.mergeRequest.targetBranch",
    ],
    ["SSH without a Secret", SSH, { secret: null }, "NoCredentials", "spec.secretRef"],
    ["a Secret without keys", HTTPS, { secret: { user: "x" } }, "SecretKeyMissing", "token, password"],
    [
      "a user name alone for the engine cli",
      HTTPS,
      { secret: { username: "x" }, git: { engine: "cli" } },
      "SecretKeyMissing",
      "token, password",
    ],
    ["a client certificate", HTTPS, { secret: { "tls.key": "x" } }, "SecretKeyMissing", "does not show"],
    [
      "auth without a type for SSH",
      SSH,
      { secret: { identity: KEY.private, known_hosts: HOSTS }, git: { auth: {} } },
      "InvalidConfiguration",
      "is not set",
    ],
    [
      "a broken key before auth without a type",
      SSH,
      { secret: { identity: "x" }, git: { auth: {} } },
      "SecretValueInvalid",
      "no private key",
    ],
    ["SSH for the type gitlab", SSH, { type: "gitlab" }, "InvalidConfiguration", "only https:// or http://"],
    [
      "the scp form",
      "git@git.example.com:o/r.git",
      {},
      "InvalidConfiguration",
      "ssh://git@git.example.com/o/r.git",
    ],
    [
      "two sources of authorities",
      HTTPS,
      { tls: { caBundle: "eA==" }, ca: { "ca.crt": "" } },
      "InvalidConfiguration",
      "both caBundle and caSecretRef",
    ],
    [
      "merge requests without a target branch",
      HTTPS,
      { type: "gitlab", gitlab: { mergeRequest: { mode: "merge_request" } } },
      "InvalidConfiguration",
      "spec.gitlab.mergeRequest.targetBranch is not set",
    ],
    [
      "merge requests without a token",
      HTTPS,
      {
        type: "gitlab",
        secret: { username: "x" },
        gitlab: { mergeRequest: { mode: "merge_request", targetBranch: "main" } },
      },
      "SecretKeyMissing",
      "no key token",
    ],
    [
      "a key whose last line end is missing, for the engine cli",
      SSH,
      {
        secret: { identity: KEY.private.trimEnd(), known_hosts: HOSTS },
        git: { engine: "cli", auth: { type: "ssh" } },
      },
      "SecretValueInvalid",
      "with the line end at its end",
    ],
    [
      "a password for SSH",
      SSH,
      { secret: { password: PASSWORD } },
      "SecretKeyMissing",
      "does not use the key password",
    ],
    ["an SSH key for HTTP", HTTPS, { secret: { identity: KEY.private } }, "SecretKeyMissing", "cannot use"],
    [
      "a token for SSH",
      SSH,
      { secret: { token: TOKEN } },
      "SecretKeyMissing",
      "ssh-privatekey, identity, id_rsa",
    ],
    ["an empty token", HTTPS, { secret: { token: "" } }, "SecretKeyMissing", "token, password"],
    [
      "a user name with a colon",
      HTTPS,
      { secret: { username: "a:b", token: TOKEN } },
      "SecretValueInvalid",
      "colon",
    ],
    [
      "known_hosts that cannot be read",
      SSH,
      { secret: { identity: KEY.private, known_hosts: "git.example.com" } },
      "SecretValueInvalid",
      "The key known_hosts",
    ],
  ] as [string, string | undefined, GitCaseOptions, string, string][])(
    "refuses %s",
    (_, endpoint, options, cause, words) => {
      const failure = refusal(endpoint, options);
      expect(failure.cause).toBe(cause);
      expect(failure.message).toContain(words);
    },
  );
});
