import { describe, it } from "vitest";
import { PASSWORD } from "../../../lab/backends/postgres";
import { server, at, expectFailure } from "./stage";

export function limits(): void {
  describe("a server that has no room or no time", () => {
    it("is TooManyConnections at the role's limit", async () => {
      await server.sql(`CREATE ROLE limited LOGIN PASSWORD '${PASSWORD}' CONNECTION LIMIT 0`);
      await expectFailure(
        at({ user: "limited" }),
        "TooManyConnections",
        /has no connection left for user limited/,
      );
    });
    it("is PermissionDenied for a database that takes no connections", async () => {
      await server.sql("CREATE DATABASE sealed WITH ALLOW_CONNECTIONS false");
      await expectFailure(at({ database: "sealed" }), "PermissionDenied", /ALLOW_CONNECTIONS/);
    });
    it("is PermissionDenied without CONNECT", async () => {
      await server.sql("CREATE DATABASE private; ");
      await server.sql("REVOKE CONNECT ON DATABASE private FROM PUBLIC");
      await expectFailure(at({ database: "private" }), "PermissionDenied", /Grant it CONNECT/);
    });
    it("is AuthenticationFailed when pg_hba.conf does not admit us", async () => {
      await server.sql("CREATE DATABASE shut");
      await expectFailure(at({ database: "shut" }), "AuthenticationFailed", /pg_hba\.conf/);
    });
  });
}
