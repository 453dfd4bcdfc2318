import { logins } from "./logins";
import { servers } from "./servers";
import { useStreams } from "./stage";
import { streams } from "./streams";
import { tls } from "./tls";

const stage = useStreams();

logins(stage);
tls(stage);
servers(stage);
streams(stage);
