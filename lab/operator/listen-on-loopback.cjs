"use strict";

const { Server } = require("node:net");

/**
 * Gives servers of this process another port of the loopback interface than they ask for.
 * `choose` returns it for a port that is asked for, 0 for any free one, or undefined to leave that server alone.
 * `tell` is called with both ports when the server listens.
 */
exports.listenOnLoopback = function listenOnLoopback(choose, tell) {
  const listen = Server.prototype.listen;
  Server.prototype.listen = function listenElsewhere(port, ...rest) {
    const chosen = choose(port);
    if (chosen === undefined) return listen.call(this, port, ...rest);
    this.once("listening", () => tell(port, this.address().port));
    return listen.call(this, { host: "127.0.0.1", port: chosen }, ...rest);
  };
};
