import type { Socket } from "node:net";
import type { DialTarget, PinnedAddress } from "./dialler";
import { lookupThrough } from "./resolve";

/** Connects a socket that its driver already holds; only to addresses that were checked. */
export function connectPinned(
  socket: Socket,
  target: DialTarget,
  addresses: readonly PinnedAddress[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(closedError());
    const [first] = addresses;
    const lookup = lookupThrough(() => Promise.resolve(addresses));
    socket.once("error", reject);
    socket.once("close", () => reject(closedError()));
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve();
    });
    const { port } = target;
    if (first && addresses.length === 1) socket.connect({ host: first.address, port });
    else socket.connect({ host: PINNED_NAME, port, lookup, ...SEVERAL_ADDRESSES });
  });
}

/** Node gives an address up after this; its default of 250 ms is too short for a distant server. */
const SEVERAL_ADDRESSES = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 2000 };

function closedError(): Error {
  return Object.assign(new Error("closed before it was connected"), { code: "ERR_SOCKET_CLOSED" });
}

/** A name that is never asked of DNS: the lookup beside it answers with the checked addresses. */
const PINNED_NAME = "pinned.invalid";
