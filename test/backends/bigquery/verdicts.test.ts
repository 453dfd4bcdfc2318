import { credentials } from "./credentials";
import { emulator } from "./emulator";
import { permissions } from "./permissions";
import { useBigquery } from "./stage";

const stage = useBigquery();

permissions(stage);
credentials(stage);
emulator();
