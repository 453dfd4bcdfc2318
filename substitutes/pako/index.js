"use strict";
const { deflateSync, inflateSync } = require("node:zlib");

/** A stream that is not whole yet; more bytes are awaited then. */
const INCOMPLETE = "Z_BUF_ERROR";

/** Inflates one stream whose end shows only in its bytes, as objects in a pack are. */
class Inflate {
  #given = [];
  /** The inflated bytes, once the stream is whole. */
  result = undefined;
  err = 0;
  msg = "";
  /** `avail_in`: how many bytes of the last chunk come after the stream. */
  strm = { avail_in: 0 };

  push(chunk) {
    this.#given.push(chunk);
    const given = Buffer.concat(this.#given);
    try {
      const { buffer, engine } = inflateSync(given, { info: true });
      this.result = buffer;
      this.strm.avail_in = given.length - engine.bytesWritten;
    } catch (error) {
      if (error.code === INCOMPLETE) return;
      this.err = error.errno ?? -1;
      this.msg = error.code ?? "unknown";
    }
  }
}

module.exports = { Inflate, inflate: (bytes) => inflateSync(bytes), deflate: (bytes) => deflateSync(bytes) };
