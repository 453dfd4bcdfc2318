import type { GitHttpRequest, GitHttpResponse, HttpClient } from "isomorphic-git";
import { DELIMITER, FLUSH, packet } from "../pkt-line";
import { advertisementOf, listingOf, type Wanted } from "./answers";
import type { GitAnswer, GitService, GitTransport } from "../transport";

/** Address for isomorphic-git; only the transport knows the real one, so that no error can contain it. */
export const REPOSITORY = "https://repository.invalid";

/** Selection of references. */
export interface RefQuestion {
  readonly wanted: Wanted;
  /** Prefixes of the first listing of version 2 in addition to the only one that isomorphic-git supports. */
  readonly prefixes?: readonly string[];
}

/**
 * Sends isomorphic-git's requests through a transport, which dials, verifies and logs in, and returns complete and
 * short answers to it. It does not support SSH, but its requests are the same as over HTTP. A repeated request for an
 * advertisement returns the same one.
 */
export function requestsThrough(transport: GitTransport, { wanted, prefixes = [] }: RefQuestion): HttpClient {
  const advertised = new Map<string, Advertised>();
  let more = prefixes;
  async function advertise({ url, headers }: GitHttpRequest): Promise<Advertised> {
    const service: GitService = url.endsWith("git-receive-pack") ? "git-receive-pack" : "git-upload-pack";
    const version = headers?.["Git-Protocol"] === undefined ? 0 : 2;
    const key = `${service} ${version}`;
    const answer =
      advertised.get(key) ??
      (await readAdvertised(await transport.advertise(service, version), service, wanted));
    advertised.set(key, answer);
    return answer;
  }
  async function ask({ body }: GitHttpRequest): Promise<Advertised> {
    const question = withPrefixes(await collected(body), more);
    more = [];
    const answer = await transport.ask(question);
    return { ...answer, bytes: answer.status === 200 ? await listingOf(answer.packets, wanted) : NOTHING };
  }
  return {
    request: async (request) =>
      responseTo(request, await (request.method === "POST" ? ask : advertise)(request)),
  };
}

type Advertised = Pick<GitAnswer, "status" | "contentType"> & { readonly bytes: Buffer };

const NOTHING = Buffer.alloc(0);

/** The bodies of refusals and of web pages are not read, because they may not be shown. */
async function readAdvertised(
  { status, contentType, packets }: GitAnswer,
  service: GitService,
  wanted: Wanted,
): Promise<Advertised> {
  const isAdvertisement = status === 200 && contentType === `application/x-${service}-advertisement`;
  const bytes = isAdvertisement ? await advertisementOf(packets, service, wanted) : NOTHING;
  return { status, contentType, bytes };
}

function responseTo({ url, method }: GitHttpRequest, answer: Advertised): GitHttpResponse {
  return {
    url,
    ...(method === undefined ? {} : { method }),
    statusCode: answer.status,
    statusMessage: "",
    headers: { "content-type": answer.contentType },
    body: once(answer.bytes),
  };
}

/** gitprotocol-v2(5), "ls-refs": an argument for each prefix, and a flush at the end. */
function withPrefixes(request: Buffer, prefixes: readonly string[]): Buffer {
  const text = request.toString("latin1");
  if (prefixes.length === 0 || !text.endsWith(FLUSH) || !text.includes(DELIMITER)) return request;
  const more = prefixes.map((prefix) => packet(`ref-prefix ${prefix}\n`)).join("");
  return Buffer.concat([request.subarray(0, -FLUSH.length), Buffer.from(more + FLUSH)]);
}

async function* once(bytes: Uint8Array): AsyncIterableIterator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

async function collected(body: GitHttpRequest["body"]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body ?? []) parts.push(part);
  return Buffer.concat(parts);
}
