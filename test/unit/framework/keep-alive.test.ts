import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { keepWebhookConnections } from "../../../capabilities/framework/keep-alive";

/** What the server would allow by itself; some versions of Node add a second. */
const IMPATIENT_MS = 50;
const PAUSE_MS = 1_300;

const stop: (() => unknown)[] = [];

afterEach(() => {
  for (const end of stop.splice(0)) end();
});

/** Two requests on one connection with a pause between them: how many were answered, and by which server. */
async function answersAroundAPause(): Promise<{ answers: number; server: Server }> {
  const server = createServer((_, response) => void response.end("ok"));
  server.keepAliveTimeout = IMPATIENT_MS;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  stop.push(
    () => socket.destroy(),
    () => server.close(),
  );
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  socket.on("error", () => undefined); // how the end of a connection shows does not matter, only the answers
  for (const pause of [PAUSE_MS, 200]) {
    socket.write("POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    await sleep(pause);
  }
  return { answers: text.split("HTTP/1.1 200").length - 1, server };
}

describe("connections of the API server to the webhooks", () => {
  it("are kept idle longer than the server would by itself", async () => {
    expect((await answersAroundAPause()).answers).toBe(1);
    keepWebhookConnections();
    const { answers, server } = await answersAroundAPause();
    expect(answers).toBe(2);
    expect(server.keepAliveTimeout).toBeGreaterThan(90_000);
  });
});
