import { documentedRights, type DocumentedRights } from "../../../lab/backends/nats-rights";
import type { FactClass } from "../../../lab/truth/row";
import { row, type Change } from "./world";

const { least, proving } = documentedRights();

/** The user of one of the page's blocks, or of a block without one right. */
interface DocumentedUser {
  readonly name: string;
  readonly permissions: DocumentedRights;
  readonly without?: string;
}

function usersOf(block: string, rights: DocumentedRights): DocumentedUser[] {
  const { publish, subscribe } = rights;
  const fewer = publish.map((without, at) => ({
    name: `${block}-without-${at}`,
    permissions: { publish: publish.filter((right) => right !== without), subscribe },
    without,
  }));
  // An empty list would restrict nothing.
  const noInbox = {
    name: `${block}-no-inbox`,
    permissions: { publish, subscribe: ["x"] },
    without: "_INBOX.>",
  };
  return [{ name: block, permissions: rights }, ...fewer, noInbox];
}

export const DOCUMENTED: readonly DocumentedUser[] = [
  ...usersOf("least", least),
  ...usersOf("proving", proving),
];

const inventory: Change = { nats: () => ({ subject: "inventory.items", stream: "INVENTORY" }) };
const exists: Change = { ...inventory, streams: [{ name: "INVENTORY", subjects: ["inventory.items"] }] };

/** Without the right to ask, a right to the subject or to create is proven only by a write. */
function factOf({ name, without = "" }: DocumentedUser): FactClass {
  return name.startsWith("least") && /^inventory|CREATE/.test(without) ? "U" : "R";
}

/** The rights that the page prints, as printed and with each right removed, for a stream that is missing and one that is there. */
export const MINIMAL = DOCUMENTED.flatMap((user) => {
  const about = user.without ? `the page's rights without ${user.without}` : "the page's rights as printed";
  return [
    row(`${user.name}-missing`, `${about}; no stream`, factOf(user), { ...inventory, user: user.name }),
    row(`${user.name}-exists`, `${about}; the stream exists`, factOf(user), { ...exists, user: user.name }),
  ];
});
