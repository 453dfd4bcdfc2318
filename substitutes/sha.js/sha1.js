"use strict";
const { createHash } = require("node:crypto");

/** A SHA-1 hash with `update` and `digest`, made with `new` as the class of that name is. */
module.exports = function Sha1() {
  return createHash("sha1");
};
