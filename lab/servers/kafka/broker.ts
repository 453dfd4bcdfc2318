import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Kafka, logLevel, type Admin } from "kafkajs";
import { onFreePorts } from "../../control-plane/ports";
import type { Issued } from "../../pki";
import { startChild, type Child } from "../programs/child";
import { kafkaJars } from "./jars";
import { properties, type ListenerName, type NodeSettings } from "./properties";

const run = promisify(execFile);

export interface KafkaOptions {
  /** For listeners with TLS: one that is believed, one that is expired. */
  readonly tls: { readonly valid: Issued; readonly expired: Issued; readonly clientCa: string };
  /** Users of PLAIN and SCRAM alike. */
  readonly users: Readonly<Record<string, string>>;
  /** Users of one mechanism alone. */
  readonly plainUsers?: Readonly<Record<string, string>>;
  readonly scram512Users?: Readonly<Record<string, string>>;
}

/** A real cluster on loopback: one node that is broker and controller, and others that are only brokers. */
export interface KafkaServer {
  readonly host: string;
  port(listener: ListenerName): number;
  /** Everything is allowed here: the client of a plain listener is a super user. */
  readonly admin: Admin;
  /** Starts one more broker; its id is 2. */
  startSecondBroker(): Promise<{ stop(): Promise<void> }>;
  log(): string;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
const CLUSTER_ID = "a29sbGVjdC1wcm9iZS10ZXN0cw";
const READY = /Kafka Server started/;
/** How many a node may need. */
const PORTS = 10;

/** Starts the cluster; rejects with its output when it does not come up within 60 s. */
export async function startKafka(options: KafkaOptions): Promise<KafkaServer> {
  const jars = await kafkaJars();
  return onFreePorts(PORTS, (ports) => start(jars, ports, options));
}

async function start(
  jars: string,
  nodePorts: readonly number[],
  options: KafkaOptions,
): Promise<KafkaServer> {
  const folder = await mkdtemp(join(tmpdir(), "kollect-kafka-"));
  const settings: NodeSettings = { id: 1, folder: join(folder, "1"), ports: nodePorts, ...options };
  let child: Child | undefined;
  let admin: Admin | undefined;
  const stop = async (): Promise<void> => {
    await admin?.disconnect();
    await child?.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    child = await startNode(jars, folder, settings);
    admin = await connectAdmin(properties(settings).ports.PLAIN);
  } catch (error) {
    await stop();
    throw error;
  }
  const { ports } = properties(settings);
  return {
    host: HOST,
    port: (listener) => ports[listener],
    admin,
    startSecondBroker: () =>
      onFreePorts(PORTS, (secondPorts) =>
        startNode(jars, folder, {
          ...settings,
          id: 2,
          folder: join(folder, "2"),
          ports: secondPorts,
          controllerPort: ports.CONTROLLER,
        }),
      ),
    log: child.output,
    stop,
  };
}

async function startNode(jars: string, folder: string, settings: NodeSettings): Promise<Child> {
  const file = join(folder, `${settings.id}.properties`);
  await writeFile(file, properties(settings).text, { mode: 0o600 });
  const scram = [
    ...scramUsers(settings.users, ["SCRAM-SHA-256", "SCRAM-SHA-512"]),
    ...scramUsers(settings.scram512Users ?? {}, ["SCRAM-SHA-512"]),
  ];
  const format = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", file];
  await run("java", [...java(jars), ...format, ...(settings.id === 1 ? scram : [])], { timeout: 60_000 });
  return startChild("java", {
    args: [...java(jars), "kafka.Kafka", file],
    cwd: folder,
    ready: READY,
    readyWithinMs: 60_000,
    // Broker and controller of one process wait for each other in an orderly shutdown, and nothing is kept.
    stopSignal: "SIGKILL",
  });
}

function scramUsers(users: Readonly<Record<string, string>>, mechanisms: readonly string[]): string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    mechanisms.flatMap((mechanism) => ["--add-scram", `${mechanism}=[name=${name},password=${password}]`]),
  );
}

function java(jars: string): string[] {
  const memory = ["-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  return [...memory, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", ...LOGGED, "-cp", join(jars, "*")];
}

/** The class that says that the server has started, and nothing else below a warning. */
const LOGGED = ["kafka.server.KafkaRaftServer", "org.apache.kafka.server.KafkaRaftServer"].map(
  (name) => `-Dorg.slf4j.simpleLogger.log.${name}=info`,
);

async function connectAdmin(port: number): Promise<Admin> {
  const kafka = new Kafka({ brokers: [`${HOST}:${port}`], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  return admin;
}
