import type { IncomingMessage } from "node:http";
import { failed } from "../../../domain/failure";
import { quoted } from "../../messages";
import { createAgents, type GuardedAgents } from "../../net/http-agent";
import type { ProbeContext } from "../../probe";
import { failureOf, gitFailure, refusedStatus, serverOf, statusRow, type About } from "../errors";
import { send, type HttpRequest } from "./request";
import { PacketReader } from "../pkt-line";
import type { HttpPlan } from "../plan";
import { MAX_REDIRECTS, nextHop, REDIRECT_STATUSES } from "./redirect";
import type { GitAnswer, GitService, GitTransport, ProtocolVersion } from "../transport";

/**
 * Git over HTTP (gitprotocol-http(5), "Smart Clients"). Credentials go with the first request, so that a
 * repository that everybody may read does not hide wrong ones.
 * Rejects with `FailureError` or the signal's reason.
 */
export async function connectHttp(plan: HttpPlan, context: ProbeContext): Promise<GitTransport> {
  const { recorder, dialler } = context;
  const { credentials, clientCertificate, trust } = plan;
  if (plan.at.transport === "http") {
    recorder.insecure("PlainText");
    recorder.skipped("TLS", "the endpoint is http");
  }
  const agents = createAgents(dialler, { ...trust, ...(clientCertificate ? { clientCertificate } : {}) });
  const isAnonymous = !credentials && !clientCertificate;
  if (isAnonymous) recorder.skipped("Authenticate", "the sink has no credentials");
  const session = new HttpSession(plan, context, agents);
  try {
    await session.begin(isAnonymous ? "Verify" : "Authenticate");
  } catch (error) {
    agents.destroy();
    throw error;
  }
  return session;
}

type Phase = "Authenticate" | "Verify";

class HttpSession implements GitTransport {
  readonly #plan: HttpPlan;
  readonly #context: ProbeContext;
  readonly #agents: GuardedAgents;
  /** The repository's address, which redirects move. */
  #base: string;
  #sendsCredentials = true;
  #first: IncomingMessage | undefined;
  #last: PacketReader | undefined;

  constructor(plan: HttpPlan, context: ProbeContext, agents: GuardedAgents) {
    this.#plan = plan;
    this.#context = context;
    this.#agents = agents;
    this.#base = plan.at.url;
  }

  /** Asks for the first advertisement, which {@link advertise} takes; in this phase once it is connected. */
  async begin(phase: Phase): Promise<void> {
    this.#first = await this.#discover("git-upload-pack", 2, phase);
  }

  async advertise(service: GitService, version: ProtocolVersion): Promise<GitAnswer> {
    const response = this.#first ?? (await this.#discover(service, version));
    this.#first = undefined;
    return this.#answer(response);
  }

  async ask(body: Uint8Array): Promise<GitAnswer> {
    const headers = {
      ...VERSION_2,
      "Content-Type": "application/x-git-upload-pack-request",
      Accept: "application/x-git-upload-pack-result",
    };
    const url = `${this.#base}/git-upload-pack`;
    return this.#answer(await this.#exchange({ method: "POST", url, headers, body }));
  }

  explain(error: unknown, service: GitService): Promise<Error> {
    const { signal } = this.#context;
    if (signal.aborted) return Promise.resolve(signal.reason as Error);
    const code = refusedStatus(error);
    return Promise.resolve(
      code === undefined ? gitFailure(error, this.#plan, { service }) : this.#refusal({ service, code }),
    );
  }

  close(): Promise<void> {
    this.#agents.destroy();
    return Promise.resolve();
  }

  #answer(response: IncomingMessage): GitAnswer {
    const packets = new PacketReader(response);
    this.#last = packets;
    return { status: response.statusCode ?? 0, contentType: typeOf(response), packets };
  }

  async #discover(service: GitService, version: ProtocolVersion, phase?: Phase): Promise<IncomingMessage> {
    const suffix = `/info/refs?service=${service}`;
    for (let hops = 0; ; hops += 1) {
      const request: HttpRequest = { method: "GET", url: this.#base + suffix, headers: DISCOVERY[version] };
      const response = await this.#exchange(request, phase, service);
      const { statusCode = 0, headers } = response;
      if (!REDIRECT_STATUSES.includes(statusCode)) return response;
      response.resume();
      if (hops === MAX_REDIRECTS) throw this.#redirected("more often than a probe follows");
      this.#follow(suffix, headers.location ?? "");
    }
  }

  #follow(suffix: string, location: string): void {
    const hop = nextHop(this.#base, suffix, location);
    if ("refused" in hop) {
      throw this.#redirected(
        hop.refused === "downgrade"
          ? "from https to http, which would give TLS up"
          : "to an address that is no Git repository, such as a sign-in page",
      );
    }
    if (!hop.sameHost) this.#sendsCredentials = false;
    if (hop.base.startsWith("http:")) this.#context.recorder.insecure("PlainText");
    this.#base = hop.base;
  }

  async #exchange(
    request: HttpRequest,
    phase?: Phase,
    service: GitService = "git-upload-pack",
  ): Promise<IncomingMessage> {
    const { recorder, signal } = this.#context;
    const headers = { ...BASE_HEADERS, ...request.headers, ...this.#authorization() };
    // A connection is free for the next request when the answer before was read to its end. If that fails,
    // the next request has a connection of its own.
    await this.#last?.drain().catch(() => undefined);
    const sent = send(this.#agents, { ...request, headers }, signal);
    sent.response.catch(() => undefined);
    try {
      await sent.connected;
      if (!phase) return await sent.response;
      return await recorder.phase(phase, async () => this.#admitted(await sent.response));
    } catch (error) {
      if (sent.isStale(error) && !signal.aborted) return this.#exchange(request, phase, service);
      throw await this.explain(error, service);
    }
  }

  /** In the phase of authentication only a refusal of the credentials is a failure. */
  #admitted(response: IncomingMessage): IncomingMessage {
    const { statusCode = 0 } = response;
    if (statusCode === 401 || statusCode === 203) {
      throw this.#refusal({ service: "git-upload-pack", code: statusCode }, response);
    }
    return response;
  }

  #authorization(): Record<string, string> {
    const { credentials } = this.#plan;
    if (!credentials || !this.#sendsCredentials) return {};
    const pair = Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64");
    return { Authorization: `Basic ${pair}` };
  }

  #refusal(about: About, response?: IncomingMessage): Error {
    const plan = this.#plan;
    if (about.code !== 401) return failureOf(statusRow(about.code ?? 0), plan, about);
    if (!plan.credentials) {
      return failed(
        "NoCredentials",
        `${serverOf(plan)} asks for credentials${about.service === "git-receive-pack" ? " to push" : ""}, ` +
          "and the sink names none. Set spec.secretRef to a Secret with the key token, or username and password.",
      );
    }
    if (!this.#sendsCredentials) return this.#notSent();
    const offered = response?.headers["www-authenticate"];
    if (offered !== undefined && !/(^|[\s,])basic\b/i.test(offered)) return noBasic(plan);
    return failureOf(statusRow(401), plan, about);
  }

  #notSent(): Error {
    return failed(
      "AuthenticationFailed",
      `${serverOf(this.#plan)} redirects to ${quoted(new URL(this.#base).host)}, which asks for credentials. ` +
        "They are not sent to another host than the endpoint's: put the new address into spec.endpoint.",
    );
  }

  #redirected(how: string): Error {
    return failed(
      "ProtocolError",
      `${serverOf(this.#plan)} redirects ${how}. Put the repository's own address into spec.endpoint, and check the credentials.`,
    );
  }
}

function typeOf({ headers }: IncomingMessage): string {
  return headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Some servers serve Git only to what calls itself Git. */
const BASE_HEADERS = { "User-Agent": "git/kollect-connection-test" };
const VERSION_2 = { "Git-Protocol": "version=2" };
const DISCOVERY: Readonly<Record<ProtocolVersion, Readonly<Record<string, string>>>> = {
  0: { Accept: "*/*" },
  2: { Accept: "*/*", ...VERSION_2 },
};

function noBasic(plan: HttpPlan): Error {
  return failed(
    "UnsupportedAuthMechanism",
    `${serverOf(plan)} does not take user names with passwords or tokens (HTTP Basic). Turn it on there, or use SSH.`,
  );
}
