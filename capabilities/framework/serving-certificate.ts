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
  /** Told once of each pair that cannot be used; the server goes on with the one it has. */
  readonly warn: (reason: string) => void;
}

/** The kubelet takes about a minute to bring a renewed Secret; a certificate is renewed weeks before its end. */
const INTERVAL_MS = 10_000;

/**
 * Lets the framework's server take a renewed certificate from its files, which it reads only when it starts. The
 * files are looked at when requests come, which the kubelet's probes do every few seconds.
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
      // Between the two reads the kubelet may have changed the pair: the next look has both.
      const code = (error as NodeJS.ErrnoException).code ?? "no code";
      warn(`${files.certificate} and ${files.key} are no pair to serve with (${code})`);
    }
  });
}
