import type { GitHttpRequest, GitHttpResponse, HttpClient } from "isomorphic-git";
import { DELIMITER, FLUSH, packet } from "../pkt-line";
import { advertisementOf, listingOf, type Wanted } from "./answers";
import type { GitAnswer, GitService, GitTransport } from "../transport";

/** isomorphic-git wants an address; the transport knows the real one, so that no error can name it. */
export const REPOSITORY = "https://repository.invalid";

/** What is asked of the references. */
export interface RefQuestion {
  readonly wanted: Wanted;
  /** What the first listing of version 2 has beside the one prefix that isomorphic-git knows to ask for. */
  readonly prefixes?: readonly string[];
}

/**
 * Carries isomorphic-git's requests over a transport, which dials, verifies and logs in, and hands it answers
 * that are complete and short. It has no SSH of its own, but asks there what it asks over HTTP. An advertisement
 * that it asks for again is the same.
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

/** The bodies of refusals and of web pages are not read: nothing of them may be shown. */
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
