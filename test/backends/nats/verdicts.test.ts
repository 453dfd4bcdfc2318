import { addresses } from "./addresses";
import { logins } from "./logins";
import { streamsAndRights } from "./streams-and-rights";
import { tls } from "./tls";

logins();
tls();
addresses();
streamsAndRights();
