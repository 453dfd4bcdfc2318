import { otherWays } from "./other-ways";
import { refusedEndpoints } from "./refused-endpoints";
import { serviceAccount } from "./service-account";
import { useGcs } from "./stage";
import { tokenEndpoint } from "./token-endpoint";

const stage = useGcs();

serviceAccount(stage);
tokenEndpoint(stage);
otherWays(stage);
refusedEndpoints(stage);
