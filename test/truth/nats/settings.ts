import { PASSWORD, row, TOKEN, type Change } from "./world";

const GOOD = { username: "full", password: PASSWORD };
const ENCODED = encodeURIComponent(PASSWORD);

const address = (make: (at: string) => string, secret: Change["secret"] = null): Change => ({
  secret,
  nats: (at) => ({ url: make(at) }),
});
const secret = (values: Readonly<Record<string, string>>, more: Change = {}): Change => ({
  ...more,
  secret: values,
});
/** A port of loopback that nothing listens to. */
const DEAD = "nats://localhost:1";

/** How sink and Secret are read: addresses, logins, names. */
export const SETTINGS = [
  row("wrong-password", "wrong password", "C", secret({ ...GOOD, password: "wrong" })),
  row("unknown-user", "unknown user", "C", secret({ username: "stranger", password: PASSWORD })),
  row("no-secret", "no Secret on a server with users", "C", { secret: null }),
  row("empty-secret", "a Secret without keys", "C", secret({ other: "x" })),
  row("empty-secret-open", "a Secret without keys, server without login", "C", {
    ...secret({ other: "x" }),
    server: "open",
  }),
  row("username-only", "username without password", "C", secret({ username: "full" })),
  row("username-only-open", "username without password, server without login", "C", {
    ...secret({ username: "full" }),
    server: "open",
  }),
  row("password-only", "password without username", "C", secret({ password: PASSWORD })),
  row("password-only-open", "password without username, server without login", "C", {
    ...secret({ password: PASSWORD }),
    server: "open",
  }),
  row("login-open", "a login that an open server does not ask for", "C", {
    ...secret({ username: "who", password: "ever" }),
    server: "open",
  }),
  row("token", "token server, token", "C", { server: "token" }),
  row("token-wrong", "token server, another token", "C", secret({ token: "no" }, { server: "token" })),
  row("token-user", "token server, user and password", "C", secret(GOOD, { server: "token" })),
  row("token-and-user", "token server, token beside user", "C", {
    ...secret({ ...GOOD, token: TOKEN }, { server: "token" }),
  }),
  row("user-server-token-and-user", "user server, token hides user", "C", secret({ ...GOOD, token: "x" })),
  row("token-newline", "token with a newline at its end", "C", {
    ...secret({ token: `${TOKEN}\n` }, { server: "token" }),
  }),
  row("token-blank", 'token "" beside good user and password', "C", secret({ ...GOOD, token: "" })),
  row("token-space", "token of one space beside good user", "C", secret({ ...GOOD, token: " " })),
  row("username-newline", "username with a newline", "C", secret({ ...GOOD, username: "full\n" })),
  row("username-empty", 'username ""', "C", secret({ ...GOOD, username: "" })),
  row("password-newline", "password with a newline", "C", secret({ ...GOOD, password: `${PASSWORD}\n` })),
  row("password-space-first", "password behind a space", "C", secret({ ...GOOD, password: ` ${PASSWORD}` })),
  row("no-auth-user", "no_auth_user server, no login", "C", { server: "noAuthUser" }),
  row("no-auth-user-login", "no_auth_user server, good login", "C", {
    ...secret({ username: "anyone", password: PASSWORD }, { server: "noAuthUser" }),
  }),
  row("no-auth-user-wrong", "no_auth_user server, wrong password", "C", {
    ...secret({ username: "anyone", password: "zzz" }, { server: "noAuthUser" }),
  }),
  row("creds-ignored", "creds that cannot be read beside a good login", "C", secret({ ...GOOD, creds: "x" })),
  row("nkey-ignored", "nkey that cannot be read beside a good login", "C", secret({ ...GOOD, nkey: "x" })),
  row("common-secret", "spec.secretRef with the login", "C", {
    secret: null,
    secrets: () => ({ common: GOOD }),
    spec: () => ({ secretRef: { name: "common" } }),
  }),
  row("own-before-common", "nats.secretRef good, spec.secretRef wrong", "C", {
    secrets: () => ({ common: { username: "full", password: "wrong" } }),
    spec: () => ({ secretRef: { name: "common" } }),
  }),
  row("spec-secretref-dangling", "nats.secretRef good, spec.secretRef dangling", "C", {
    spec: () => ({ secretRef: { name: "nope" } }),
  }),
  row("secretref-dangling", "nats.secretRef dangling", "C", {
    nats: () => ({ secretRef: { name: "nope" } }),
  }),
  row("ca-dangling", "caSecretRef dangling", "C", {
    spec: () => ({ tls: { caSecretRef: { name: "nope" } } }),
  }),
  row(
    "userinfo-url",
    "user and password in the URL, no Secret",
    "C",
    address((at) => `nats://full:${ENCODED}@${at}`),
  ),
  row("userinfo-endpoint", "the same in spec.endpoint", "C", {
    secret: null,
    nats: () => ({ url: undefined }),
    spec: (at) => ({ endpoint: `nats://full:${ENCODED}@${at}` }),
  }),
  row(
    "userinfo-bare",
    "user and password before a bare host",
    "C",
    address((at) => `full:${ENCODED}@${at}`),
  ),
  row(
    "userinfo-wrong",
    "a wrong password in the URL, no Secret",
    "C",
    address((at) => `nats://full:no@${at}`),
  ),
  row("userinfo-over-secret", "a good login in the URL, a wrong one in the Secret", "C", {
    ...address((at) => `nats://full:${ENCODED}@${at}`, { username: "full", password: "wrong" }),
  }),
  row("userinfo-wrong-over-secret", "a wrong login in the URL, a good one in the Secret", "C", {
    ...address((at) => `nats://full:wrong@${at}`, GOOD),
  }),
  row("userinfo-over-token", "a good login in the URL, a token in the Secret", "C", {
    ...address((at) => `nats://full:${ENCODED}@${at}`, { token: "x" }),
  }),
  row(
    "userinfo-empty",
    "nothing before the @, a good login in the Secret",
    "C",
    address((at) => `nats://@${at}`, GOOD),
  ),
  row("userinfo-token", "token server, token in the URL", "C", {
    ...address((at) => `nats://${TOKEN}@${at}`),
    server: "token",
  }),
  row(
    "userinfo-user-only",
    "user server, a user without password is a token",
    "C",
    address((at) => `nats://full@${at}`),
  ),
  row(
    "userinfo-encoded",
    "letters percent-encoded",
    "C",
    address((at) => `nats://f%75ll:${ENCODED}@${at}`),
  ),
  row(
    "userinfo-bad-escape",
    "a percent sign that encodes nothing",
    "C",
    address((at) => `nats://full:%zz@${at}`),
  ),
  row(
    "two-first-dead",
    "two servers, first dead",
    "C",
    address((at) => `${DEAD},nats://${at}`, GOOD),
  ),
  row(
    "two-second-dead",
    "two servers, second dead",
    "C",
    address((at) => `nats://${at}, ${DEAD}`, GOOD),
  ),
  row("two-first-refuses", "two servers, the first refuses its login", "C", {
    ...address((at) => `nats://full:no@${at},nats://${at}`, GOOD),
  }),
  row(
    "all-dead",
    "all servers dead",
    "C",
    address(() => `${DEAD},nats://localhost:2`, GOOD),
  ),
  row(
    "list-blanks",
    "a list with blanks and empty places",
    "C",
    address((at) => ` nats://${at} , ,${at}/`, GOOD),
  ),
  row("endpoint", "URL in spec.endpoint", "C", {
    nats: () => ({ url: undefined }),
    spec: (at) => ({ endpoint: `nats://${at}` }),
  }),
  row("url-blank", "a blank nats.url, URL in spec.endpoint", "C", {
    nats: () => ({ url: "  " }),
    spec: (at) => ({ endpoint: `nats://${at}` }),
  }),
  row("url-over-endpoint", "nats.url good, spec.endpoint dead", "C", { spec: () => ({ endpoint: DEAD }) }),
  row(
    "bare-host-port",
    "host:port without a scheme",
    "C",
    address((at) => at, GOOD),
  ),
  row(
    "https-scheme",
    "https:// means what nats:// does",
    "C",
    address((at) => `https://${at}`, GOOD),
  ),
  row(
    "path-behind-port",
    "a path behind the port",
    "C",
    address((at) => `nats://${at}/x/y?z`, GOOD),
  ),
  row(
    "upper-case-scheme",
    "NATS://",
    "C",
    address((at) => `NATS://${at}`, GOOD),
  ),
  row(
    "ws-scheme",
    "ws:// to the client port",
    "C",
    address((at) => `ws://${at}`, GOOD),
  ),
  row("no-address", "neither nats.url nor spec.endpoint", "C", { nats: () => ({ url: undefined }) }),
  row("dots-stream", "stream name with a dot", "C", { nats: () => ({ stream: "my.stream" }) }),
  row("default-stream", "no stream in the sink", "C", { nats: () => ({ stream: undefined }) }),
  row("blank-around-stream", "blanks around the stream's name", "C", { nats: () => ({ stream: " S " }) }),
  row("space-stream", "a space in the stream's name", "C", { nats: () => ({ stream: "my stream" }) }),
  row("long-stream", "a stream's name of 200 letters and 400 bytes", "C", {
    nats: () => ({ stream: "\u00e9".repeat(200) }),
  }),
  row("star-stream", "a * in the stream's name", "C", { nats: () => ({ stream: "s*" }) }),
  row("blank-around-subject", "blanks around the subject", "C", { nats: () => ({ subject: " a.b " }) }),
  row("space-subject", "a space in the subject", "C", { nats: () => ({ subject: "a b" }) }),
  row("empty-token-subject", "two dots in the subject", "C", { nats: () => ({ subject: "a..b" }) }),
  row("wildcard-subject", "subject a.*", "C", { nats: () => ({ subject: "a.*" }) }),
  row("greater-subject", "subject a.>", "C", { nats: () => ({ subject: "a.>" }) }),
  row("greater-within-subject", "subject a.>.b", "C", { nats: () => ({ subject: "a.>.b" }) }),
  row("everything-subject", "subject >", "S", { nats: () => ({ subject: ">" }) }),
  row("star-first-subject", "subject *.items, which collides with $JS.>", "S", {
    nats: () => ({ subject: "*.items" }),
  }),
  row("js-subject", "subject $JS.x", "S", { nats: () => ({ subject: "$JS.x" }) }),
  row("sys-subject", "subject $SYS.x", "S", { nats: () => ({ subject: "$SYS.x" }) }),
  row("kv-subject", "subject $KV.x", "S", { nats: () => ({ subject: "$KV.x" }) }),
];
