/**
 * The parts of the driver that a probe uses, imported one by one: authentication. Its public entry
 * point would add monitors, pools, cursors and client-side encryption, and dials by itself. The parts are internal to
 * the driver, whose version is pinned; the tests against a server detect changes.
 */
declare module "mongodb/lib/cmap/auth/auth_provider.js" {
  import type { Document } from "mongodb";

  /** The login, and the connection for its commands. */
  export interface AuthContext {
    readonly connection: {
      command(namespace: { readonly db: string }, command: Document): Promise<Document>;
    };
    readonly credentials: { readonly username: string; readonly password: string; readonly source: string };
    readonly options: object;
    readonly reauthenticating: boolean;
  }

  export abstract class AuthProvider {
    prepare(handshake: Document, context: AuthContext): Promise<Document>;
    auth(context: AuthContext): Promise<void>;
  }
}

declare module "mongodb/lib/cmap/auth/scram.js" {
  import { AuthProvider } from "mongodb/lib/cmap/auth/auth_provider.js";
  export class ScramSHA1 extends AuthProvider {}
  export class ScramSHA256 extends AuthProvider {}
}

declare module "mongodb/lib/cmap/auth/plain.js" {
  import { AuthProvider } from "mongodb/lib/cmap/auth/auth_provider.js";
  export class Plain extends AuthProvider {}
}

declare module "mongodb/lib/cmap/auth/x509.js" {
  import { AuthProvider } from "mongodb/lib/cmap/auth/auth_provider.js";
  export class X509 extends AuthProvider {}
}
