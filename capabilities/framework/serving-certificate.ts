import { readFileSync } from "node:fs";
import { Server } from "node:https";
import { onRequest } from "./server";

export interface ServingFiles {
  /** Path of the private key in PEM. */
  readonly key: string;
  /** Path of the certificate in PEM. */
  readonly certificate: string;
}

export interface RenewalOptions {
  readonly files: ServingFiles;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Called once for each pair that cannot be used; the server continues with its current pair. */
  readonly warn: (reason: string) => void;
}

/** Pause between checks: the kubelet updates a mounted Secret in about a minute, and renewal is weeks before expiry. */
const INTERVAL_MS = 10_000;

/**
 * Reloads a renewed certificate into the framework's server, which reads its files only at startup. The files are
 * checked when requests arrive, and the kubelet's probes send one every few seconds.
 */
export function serveRenewedCertificate({ files, now, warn }: RenewalOptions): void {
  let looked = -Infinity;
  let seen = "";
  onRequest((server) => {
    if (!(server instanceof Server) || now() - looked < INTERVAL_MS) return;
    looked = now();
    try {
      const [key, cert] = [readFileSync(files.key, "utf8"), readFileSync(files.certificate, "utf8")];
      if (seen === key + cert) return;
      seen = key + cert;
      server.setSecureContext({ key, cert });
    } catch (error: unknown) {
      // The kubelet may have changed the pair between the two reads: the next check has both.
      const code = (error as NodeJS.ErrnoException).code ?? "no code";
      warn(`${files.certificate} and ${files.key} are not a matching key and certificate (${code})`);
    }
  });
}
