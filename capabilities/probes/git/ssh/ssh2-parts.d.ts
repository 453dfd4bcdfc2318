/**
 * The parts of ssh2 that a client needs. Its entry point would also bring the server, the SFTP tools and
 * the key generator into the bundle.
 */
declare module "ssh2/lib/client.js" {
  import { Client } from "ssh2";
  export = Client;
}

declare module "ssh2/lib/protocol/keyParser.js" {
  import type { ParsedKey } from "ssh2";
  const keyParser: { parseKey(data: string, passphrase?: string): ParsedKey | ParsedKey[] | Error };
  export = keyParser;
}
