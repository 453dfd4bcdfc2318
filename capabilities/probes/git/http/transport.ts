import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import { readAnswer, type HttpAnswer } from "../../net/http-client";
import { createAgents, type GuardedAgents } from "../../net/http-agent";
import type { ProbeContext } from "../../probe";
import { blamingSent } from "../../secrets/secret-values";
import { baseUrl } from "../endpoint";
import { failureOf, gitFailure, refusedStatus, statusRow, type About } from "../errors";
import { elsewhere, noBasic, noCredentials, notSent, redirected } from "./refusal";
import { send, type HttpRequest } from "./request";
import { PacketReader } from "../pkt-line";
import type { HttpPlan } from "../plan";
import { INFO_REFS, MAX_REDIRECTS, nextHop, REDIRECT_STATUSES } from "./redirect";
import type { GitAnswer, GitService, GitTransport, ProtocolVersion } from "../transport";

/** A Git server whose web server accepts requests for more than the repository. */
export interface HttpGitTransport extends GitTransport {
  /**
   * Sends a request to the endpoint's own host and port with these headers and without the repository's credentials.
   * Returns redirects as answers. Rejects as {@link GitTransport.ask} does.
   * @param path with the query, percent-encoded
   */
  get(path: string, headers: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** The connection of the endpoint's first answer; undefined without TLS. */
  secured(): TLSSocket | undefined;
}

/**
 * Connects to Git over HTTP (gitprotocol-http(5), "Smart Clients"). Credentials are sent with the first request, so
 * that a public repository does not hide wrong ones.
 * Rejects with `FailureError` or the signal's reason.
 */
export async function connectHttp(plan: HttpPlan, context: ProbeContext): Promise<HttpGitTransport> {
  const { recorder, dialler } = context;
  const { credentials, trust } = plan;
  if (plan.at.transport === "http") {
    recorder.insecure("PlainText");
    recorder.skipped("TLS", "the endpoint is http");
  }
  const agents = createAgents(dialler, trust);
  if (!credentials) recorder.skipped("Authenticate", "the sink has no credentials");
  const session = new HttpSession(plan, context, agents);
  try {
    await session.begin(credentials ? "Authenticate" : "Verify");
  } catch (error) {
    agents.destroy();
    throw error;
  }
  return session;
}

/** Maximum size of an API's answer, in bytes, far above one about a branch or token. */
const MAX_ANSWER_BYTES = 256 * 1024;

type Phase = "Authenticate" | "Verify";

class HttpSession implements HttpGitTransport {
  readonly #plan: HttpPlan;
  readonly #context: ProbeContext;
  readonly #agents: GuardedAgents;
  /** The repository's address, which redirects change. */
  #base: string;
  #sendsCredentials = true;
  #first: IncomingMessage | undefined;
  #secured: TLSSocket | undefined;
  #last: PacketReader | undefined;

  constructor(plan: HttpPlan, context: ProbeContext, agents: GuardedAgents) {
    this.#plan = plan;
    this.#context = context;
    this.#agents = agents;
    this.#base = baseUrl(plan.at, plan.engine);
  }

  /** Requests the first advertisement, for {@link advertise}; in this phase once it is connected. */
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

  async get(path: string, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    const url = new URL(path, this.#plan.at.url).href;
    const request: HttpRequest = { method: "GET", url, headers: { ...BASE_HEADERS, ...headers } };
    const response = await this.#deliver(request);
    try {
      return await readAnswer(response, MAX_ANSWER_BYTES);
    } catch (error) {
      throw await this.explain(error, "git-upload-pack");
    }
  }

  secured(): TLSSocket | undefined {
    return this.#secured;
  }

  explain(error: unknown, service: GitService): Promise<Error> {
    const { signal } = this.#context;
    if (signal.aborted) return Promise.resolve(signal.reason as Error);
    const code = refusedStatus(error);
    const failure =
      code === undefined ? gitFailure(error, this.#plan, { service }) : this.#refusal({ service, code });
    return Promise.resolve(this.#isElsewhere() ? elsewhere(this.#plan, failure) : failure);
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
    const query = `service=${service}`;
    for (let hops = 0; ; hops += 1) {
      const url = `${this.#base}${INFO_REFS}?${query}`;
      const request: HttpRequest = { method: "GET", url, headers: DISCOVERY[version] };
      const response = await this.#exchange(request, phase, service);
      const { statusCode = 0, headers } = response;
      if (!REDIRECT_STATUSES.includes(statusCode)) return response;
      response.resume();
      if (hops === MAX_REDIRECTS) throw redirected(this.#plan, "more often than a probe follows");
      this.#follow(query, headers.location ?? "");
    }
  }

  #follow(query: string, location: string): void {
    const hop = nextHop(this.#base, query, location);
    if ("refused" in hop) {
      throw redirected(
        this.#plan,
        hop.refused === "downgrade"
          ? "from https to http, which would lose TLS"
          : "to an address that is not a Git repository, such as a sign-in page",
      );
    }
    if (!hop.sameHost) this.#sendsCredentials = false;
    if (hop.base.startsWith("http:")) this.#context.recorder.insecure("PlainText");
    this.#base = hop.base;
  }

  /** Sends a request about the repository, with the credentials. */
  #exchange(request: HttpRequest, phase?: Phase, service?: GitService): Promise<IncomingMessage> {
    const headers = { ...BASE_HEADERS, ...request.headers, ...this.#authorization() };
    return this.#deliver({ ...request, headers }, phase, service);
  }

  async #deliver(
    request: HttpRequest,
    phase?: Phase,
    service: GitService = "git-upload-pack",
  ): Promise<IncomingMessage> {
    const { recorder, signal } = this.#context;
    // A connection is free for the next request when the previous answer was read to its end. If that fails,
    // the next request uses a new connection.
    await this.#last?.drain().catch(() => undefined);
    const sent = send(this.#agents, request, signal);
    sent.response.catch(() => undefined);
    try {
      await sent.connected;
      if (!phase) return await sent.response;
      return await recorder.phase(phase, async () => this.#admitted(await sent.response));
    } catch (error) {
      if (sent.isStale(error) && !signal.aborted) return this.#deliver(request, phase, service);
      throw await this.explain(error, service);
    }
  }

  /** In the phase Authenticate only a refusal of the credentials is a failure. */
  #admitted(response: IncomingMessage): IncomingMessage {
    const { statusCode = 0, socket } = response;
    if (socket instanceof TLSSocket) this.#secured ??= socket;
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
    if (about.code !== 401) return this.#refused(about);
    if (!plan.credentials) return noCredentials(plan, about);
    if (!this.#sendsCredentials) return notSent(plan);
    const offered = response?.headers["www-authenticate"];
    if (offered !== undefined && !/(^|[\s,])basic\b/i.test(offered)) return noBasic(plan);
    return this.#refused(about);
  }

  /** The failure for refused values, whose only fault may be invisible white space. */
  #refused(about: About): Error {
    const failure = failureOf(statusRow(about.code ?? 0), this.#plan, about);
    return blamingSent(failure, this.#plan.credentials?.sent ?? []) as Error;
  }

  /** Whether redirects led to another host, whose name the server chose. */
  #isElsewhere(): boolean {
    return new URL(this.#base).host !== new URL(this.#plan.at.url).host;
  }
}

function typeOf({ headers }: IncomingMessage): string {
  return headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Some servers serve Git only to clients whose user agent is Git. */
const BASE_HEADERS = { "User-Agent": "git/kollect-connection-test" };
const VERSION_2 = { "Git-Protocol": "version=2" };
const DISCOVERY: Readonly<Record<ProtocolVersion, Readonly<Record<string, string>>>> = {
  0: { Accept: "*/*" },
  2: { Accept: "*/*", ...VERSION_2 },
};
