import { createServer, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { KubeApi } from "../operator/kube-api";
import { LOOPBACK } from "./pod";
import type { RunningPod } from "./run-pod";

/** Of which cluster, and to which pods. */
export interface RoutedPods {
  readonly api: KubeApi;
  readonly namespace: string;
  /** All that run, whether they are ready or not. */
  pods(): readonly RunningPod[];
}

interface Service {
  readonly spec: {
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
  };
}

/**
 * Connects the API server to pods by the ClusterIPs of their Services, which the API server has allocated and no
 * interface of this machine has. Services and webhook configurations stay as they were applied. Connections go to the
 * pods that are ready in turn; without one they are refused.
 */
export class ServiceRoutes {
  readonly #server = createServer((_, response) => void response.writeHead(405).end());
  readonly #sockets = new Set<Duplex>();
  #turn = 0;

  constructor(private readonly cluster: RoutedPods) {
    this.#server.on("connect", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#hold(socket);
      // An API server that cannot be asked has closed the other end.
      this.#answer(request.url ?? "", socket, head).catch(() => socket.destroy());
    });
  }

  /** Listens for HTTP CONNECT at a socket of the file system. Rejects when it cannot. */
  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(path, resolve);
    });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(address: string, socket: Duplex, head: Buffer): Promise<void> {
    const port = await this.#portBehind(address);
    if (port === undefined) return void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    const onward = connect(port, LOOPBACK, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    this.#hold(onward);
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  }

  #hold(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => undefined); // "close" follows
  }

  /** The port of loopback that stands for `10.0.0.7:443`; undefined when no Service or no ready pod has it. */
  async #portBehind(address: string): Promise<number | undefined> {
    const [ip, port] = address.split(":");
    const { api, namespace, pods } = this.cluster;
    const path = `/api/v1/namespaces/${namespace}/services`;
    const { items } = (await api.request({ method: "GET", path })) as { items: Service[] };
    const service = items.find(({ spec }) => spec.clusterIP === ip);
    const wanted = service?.spec.ports?.find((each) => each.port === Number(port));
    const ready = pods().filter((pod) => pod.isReady() && isSelected(pod, service));
    return wanted && ready[this.#turn++ % Math.max(1, ready.length)]?.port(wanted.targetPort ?? wanted.port);
  }
}

function isSelected({ pod }: RunningPod, service: Service | undefined): boolean {
  const { labels } = pod.metadata;
  return Object.entries(service?.spec.selector ?? {}).every(([key, value]) => labels?.[key] === value);
}
