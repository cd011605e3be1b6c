'use strict';

/**
 * What each thread of a threadWorker loads: it imports the file with the work. piscina by itself would `require` it
 * first, and to end a thread while it requires an ES module can end the whole process (Node 20.19, an assertion in
 * ModuleWrap::CreateRequiredModuleFacade); to end one that imports ends only that.
 */
const { workerData } = require('node:worker_threads');

const { href, exportName } = workerData;

const workIn = (found) => {
  if (typeof found[exportName] === 'function') return found[exportName];
  throw new TypeError(`${href} exports no function ${exportName}`);
};

/** Ends the thread before piscina takes it for ready, so that it starts no other one to fail likewise. */
const fail = (error) =>
  new Promise(() => {
    setImmediate(() => {
      throw error;
    });
  });

// piscina waits for the export before it calls the thread ready
exports.__esModule = true;
exports.default = import(href).then(workIn).catch(fail);
