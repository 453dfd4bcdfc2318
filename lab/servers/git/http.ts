import { spawn } from "node:child_process";
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Issued } from "../../pki";
import { edition } from "../programs/edition";
import { startDulwich, type Dulwich } from "./dulwich";
import { gitEnvironment } from "./repositories";

/** What an account may do; the password may be a token. */
export interface GitAccount {
  /** `*` for any name, as services have it for tokens. */
  readonly user: string;
  readonly password: string;
  readonly mayPush: boolean;
}

export interface GitHttpOptions {
  /** Folder with bare repositories. */
  readonly root: string;
  readonly accounts?: readonly GitAccount[];
  /** Who has no credentials may read (`read`), or do everything (`write`). */
  readonly anonymous?: "read" | "write";
  readonly tls?: Issued;
  /** Authorities whose client certificates log in, instead of accounts. */
  readonly clientCa?: string;
  /** Answers instead of Git when it returns true. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** False: the answers of version 2 of the protocol are not understood, as by old servers. */
  readonly protocolVersion2?: boolean;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization?: string;
  /** Which connection it came over, counted from 1. */
  readonly connection: number;
}

/** A real Git over HTTP on loopback behind a web server: `git http-backend`, the CGI program, or Dulwich. */
export interface GitHttpServer {
  readonly host: string;
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";

export async function startGitHttp(options: GitHttpOptions): Promise<GitHttpServer> {
  const requests: SeenRequest[] = [];
  const connections = new Map<Socket, number>();
  const dulwich = edition() === "second" ? await startDulwich(options.root) : undefined;
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = "", url = "", headers, socket } = request;
    if (!connections.has(socket)) connections.set(socket, connections.size + 1);
    const connection = connections.get(socket) ?? 0;
    const { authorization } = headers;
    requests.push({ method, url, connection, ...(authorization === undefined ? {} : { authorization }) });
    if (!options.instead?.(request, response)) serve(request, response, { ...options, dulwich });
  };
  const { tls, clientCa } = options;
  const server = tls
    ? createHttps({ ...tls, ...(clientCa ? { ca: clientCa, requestCert: true } : {}) }, handle)
    : createHttp(handle);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, HOST, resolve);
  });
  return {
    host: HOST,
    port: (server.address() as AddressInfo).port,
    requests,
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await dulwich?.stop();
    },
  };
}

interface Serving extends GitHttpOptions {
  readonly dulwich: Dulwich | undefined;
}

function serve(request: IncomingMessage, response: ServerResponse, options: Serving): void {
  const visitor = admit(request, options);
  if (visitor === undefined) {
    response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end("who are you?");
    return;
  }
  if (options.dulwich) return serveByDulwich(options.dulwich, visitor.mayPush, request, response);
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const git = spawn("git", ["http-backend"], {
    env: {
      ...gitEnvironment(options.root),
      GIT_PROJECT_ROOT: options.root,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method,
      PATH_INFO: decodeURIComponent(path),
      QUERY_STRING: query,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      REMOTE_ADDR: HOST,
      // Git takes pushes from every user that the web server has authenticated.
      ...(visitor.mayPush ? { REMOTE_USER: visitor.user } : {}),
      ...(options.protocolVersion2 === false
        ? {}
        : { GIT_PROTOCOL: String(request.headers["git-protocol"] ?? "") }),
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  response.on("close", () => git.kill());
  git.stdin.on("error", () => undefined);
  request.pipe(git.stdin);
  relay(git.stdout, response);
}

/** Dulwich leaves it to the web server who may push; Git's own program refuses a push with this status. */
function serveByDulwich(
  dulwich: Dulwich,
  mayPush: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (!mayPush && /git-receive-pack/.test(request.url ?? "")) response.writeHead(403).end();
  else dulwich.forward(request, response);
}

function admit(request: IncomingMessage, options: GitHttpOptions): Omit<GitAccount, "password"> | undefined {
  const { accounts = [], anonymous, clientCa } = options;
  if (clientCa) {
    const isKnown = (request.socket as { authorized?: boolean }).authorized === true;
    return isKnown ? { user: "certificate", mayPush: true } : undefined;
  }
  const { authorization } = request.headers;
  if (authorization === undefined) {
    const isPush = /git-receive-pack/.test(request.url ?? "");
    return anonymous === "write" || (anonymous === "read" && !isPush)
      ? { user: "anonymous", mayPush: anonymous === "write" }
      : undefined;
  }
  const given = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
  return accounts.find(({ user, password }) =>
    user === "*" ? given.slice(given.indexOf(":") + 1) === password : `${user}:${password}` === given,
  );
}

/** A CGI answer: header lines, a blank line, the body (RFC 3875, section 6). */
function relay(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  output.on("data", (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const headers = head
      .toString("latin1", 0, end)
      .split("\r\n")
      .map((line) => line.split(/: */, 2));
    const status = headers.find(([name]) => name?.toLowerCase() === "status")?.[1];
    const rest = headers.filter(([name]) => name?.toLowerCase() !== "status");
    response.writeHead(
      Number.parseInt(status ?? "200", 10),
      Object.fromEntries(rest) as Record<string, string>,
    );
    response.write(head.subarray(end + 4));
  });
  output.on("end", () => response.end());
}
