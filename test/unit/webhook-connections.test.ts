import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { keepWebhookConnections } from "../../capabilities/webhook-connections";

/** What the server would allow by itself; some versions of Node add a second. */
const IMPATIENT_MS = 50;
const PAUSE_MS = 1_300;

let server: Server;
let socket: Socket;

afterEach(() => {
  socket.destroy();
  server.close();
});

/** Two requests on one connection with a pause between them: how many were answered. */
async function answersAroundAPause(): Promise<number> {
  server = createServer((_, response) => void response.end("ok"));
  server.keepAliveTimeout = IMPATIENT_MS;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  socket.on("error", () => undefined); // how the end of a connection shows does not matter, only the answers
  for (const pause of [PAUSE_MS, 200]) {
    socket.write("POST /mutate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    await sleep(pause);
  }
  return text.split("HTTP/1.1 200").length - 1;
}

describe("connections of the API server to the webhooks", () => {
  it("are kept idle longer than the server would by itself", async () => {
    expect(await answersAroundAPause()).toBe(1);
    keepWebhookConnections();
    expect(await answersAroundAPause()).toBe(2);
    expect(server.keepAliveTimeout).toBeGreaterThan(90_000);
  });
});
