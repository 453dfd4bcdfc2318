import { startFerretdb } from "../../../lab/servers/mongodb/ferretdb";
import type { CaseServers } from "../run";

const LOGIN = { user: "kollect", password: "corr-ct-horse" };

/** FerretDB with a user of one database and the collection of the cases. */
export const MONGODB_SERVERS: CaseServers = {
  mongodb: async () => {
    const { host, port, authSource, command, stop } = await startFerretdb();
    await command(authSource, { createUser: LOGIN.user, pwd: LOGIN.password, roles: [] });
    await command("inventory", { create: "items" });
    return { values: { server: `${host}:${port}`, authSource, ...LOGIN }, stop };
  },
};
