"use strict";

/** Finds no credentials: those of a sink are in its Secret, and the operator's own come from its settings. */
exports.defaultProvider = () => () => Promise.reject(new Error("the client was given no credentials"));
