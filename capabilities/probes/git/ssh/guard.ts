/**
 * Limits for a connection that ssh2 1.17 does not enforce: it buffers data beyond the window that it granted, signs a
 * login as often as the server accepts the key, and reads messages without content endlessly. ssh2 offers no hooks for
 * them, but reports each message in a debug line before it handles it, and an error thrown there ends the connection
 * with that error.
 */
export interface SshGuard {
  /** Receives ssh2's debug lines. Throws what `violated` returns when the server exceeds a limit. */
  line(line: string): void;
}

/** Window that ssh2 grants for the output of each command, in bytes; it does not grant more before that is read. */
const WINDOW_BYTES = 2 * 1024 * 1024;
/** Limit for messages with output that arrive before a command is accepted, or after the next one was sent. */
const MAX_UNREAD_MESSAGES = 1024;
/** Limit for messages without output, besides one for each with output; honest servers send less than a hundred. */
const MAX_OTHER_MESSAGES = 1024;
/** A client tries an RSA key with up to three signature algorithms, others with one. */
const MAX_ACCEPTED_KEYS = 3;

const OPENED = /^Outbound: Sending CHANNEL_OPEN \(r:(\d+),/;
const GRANTED = /^Outbound: Sending CHANNEL_WINDOW_ADJUST \(r:\d+, (\d+)\)/;
const ACCEPTED = /^Inbound: CHANNEL_SUCCESS /;
const OUTPUT = /^Inbound: CHANNEL_(?:EXTENDED_)?DATA \(r:(\d+), (\d+)\)/;
const KEY_ACCEPTED = "Inbound: Received USERAUTH_PK_OK";

/** @param violated makes the error for a server that exceeds a limit, and ends the connection */
export function createSshGuard(violated: () => Error): SshGuard {
  let acceptedKeys = 0;
  /** Number of the last command's channel. */
  let channel = -1;
  let isAccepted = false;
  let unreadMessages = 0;
  let otherMessages = 0;
  /** Bytes that the server may still send, on all channels. */
  let window = 0;

  function output(recipient: number, bytes: number): void {
    window -= bytes;
    otherMessages -= 1;
    if (recipient !== channel || !isAccepted) unreadMessages += 1;
    if (window < 0 || unreadMessages > MAX_UNREAD_MESSAGES) throw violated();
  }
  function opened(next: number): void {
    channel = next;
    isAccepted = false;
    window += WINDOW_BYTES;
  }
  function inbound(line: string): void {
    otherMessages += 1;
    if (line === KEY_ACCEPTED) acceptedKeys += 1;
    if (otherMessages > MAX_OTHER_MESSAGES || acceptedKeys > MAX_ACCEPTED_KEYS) throw violated();
    if (ACCEPTED.test(line)) isAccepted = true;
  }
  function outbound(line: string): void {
    window += Number(GRANTED.exec(line)?.[1] ?? 0);
    const next = OPENED.exec(line)?.[1];
    if (next !== undefined) opened(Number(next));
  }
  return {
    line: (line) => {
      const [, recipient, bytes] = OUTPUT.exec(line) ?? [];
      if (recipient !== undefined) output(Number(recipient), Number(bytes));
      else if (line.startsWith("Inbound: ")) inbound(line);
      else outbound(line);
    },
  };
}
