import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { KubeApi } from "../operator/kube-api";
import { LOOPBACK } from "./pod";
import type { RunningPod } from "./run-pod";

/**
 * Lets the API server reach webhooks that it knows by a Service, without a network of Services. A Service that a
 * webhook names becomes one of type ExternalName, `localhost`, and the webhook's port becomes that of a proxy here,
 * which passes bytes on to a pod that is ready. Nothing else is rewritten: path, rules, CA and failure policy stay,
 * and the API server still asks for the certificate of the Service's own name.
 */
export class ServiceRoutes {
  readonly #proxies = new Map<string, Proxy>();

  constructor(
    private readonly api: KubeApi,
    private readonly namespace: string,
    private readonly pods: () => readonly RunningPod[],
  ) {}

  /** Routes whatever is not routed yet. */
  async update(): Promise<void> {
    for (const kind of ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"]) {
      const path = `/apis/admissionregistration.k8s.io/v1/${kind}`;
      const { items } = (await this.api.request({ method: "GET", path })) as { items: Configuration[] };
      for (const configuration of items) await this.#route(path, configuration);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  }

  async #route(path: string, { metadata, webhooks = [] }: Configuration): Promise<void> {
    for (const [index, { clientConfig }] of webhooks.entries()) {
      const { service } = clientConfig;
      if (service?.namespace !== this.namespace) continue;
      const proxy = await this.#proxyOf(service.name);
      if (!proxy || service.port === proxy.port) continue;
      await this.api.request({
        method: "PATCH",
        path: `${path}/${metadata.name}`,
        contentType: "application/json-patch+json",
        body: [{ op: "add", path: `/webhooks/${index}/clientConfig/service/port`, value: proxy.port }],
      });
    }
  }

  /** Undefined while there is no such Service. */
  async #proxyOf(name: string): Promise<Proxy | undefined> {
    const path = `/api/v1/namespaces/${this.namespace}/services`;
    const { items } = (await this.api.request({ method: "GET", path })) as { items: Service[] };
    const service = items.find(({ metadata }) => metadata.name === name);
    if (!service) return undefined;
    if (service.spec.type !== "ExternalName") {
      const body = { spec: { type: "ExternalName", externalName: "localhost" } };
      const contentType = "application/merge-patch+json";
      await this.api.request({ method: "PATCH", path: `${path}/${name}`, contentType, body });
    }
    const found = this.#proxies.get(name) ?? (await Proxy.open(service.spec, this.pods));
    this.#proxies.set(name, found);
    return found;
  }
}

interface Configuration {
  readonly metadata: { readonly name: string };
  readonly webhooks?: readonly {
    readonly clientConfig: {
      readonly service?: { readonly name: string; readonly namespace: string; readonly port?: number };
    };
  }[];
}

interface ServiceSpec {
  readonly type?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
}

interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: ServiceSpec;
}

/** Passes connections on to the pods of a Service in turn; without a ready one they are closed. */
class Proxy {
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  private constructor(
    private readonly server: Server,
    private readonly spec: ServiceSpec,
    private readonly pods: () => readonly RunningPod[],
  ) {
    server.on("connection", (socket) => this.#pass(socket));
  }

  static async open(spec: ServiceSpec, pods: () => readonly RunningPod[]): Promise<Proxy> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, LOOPBACK, resolve);
    });
    return new Proxy(server, spec, pods);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #pass(socket: Socket): void {
    const port = this.#target();
    if (port === undefined) return void socket.destroy();
    const onward = connect(port, LOOPBACK);
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      this.#sockets.add(from);
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on("error", () => undefined); // "close" follows
      from.pipe(to);
    }
  }

  #target(): number | undefined {
    const { selector = {}, ports = [] } = this.spec;
    const [first] = ports;
    const ready = this.pods().filter(
      (each) =>
        each.isReady() &&
        Object.entries(selector).every(([key, value]) => each.pod.metadata.labels?.[key] === value),
    );
    const next = ready[this.#turn++ % Math.max(1, ready.length)];
    return first && next?.port(first.targetPort ?? first.port);
  }
}
