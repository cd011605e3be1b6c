'use strict';

/**
 * What each thread of a threadWorker loads: it imports the file with the work. piscina by itself would `require` it
 * first, and to end a thread while it requires an ES module can end the whole process (Node 20.19, an assertion in
 * ModuleWrap::CreateRequiredModuleFacade); to end one that imports ends only that.
 */
const { workerData } = require('node:worker_threads');

const { href, exportName, begun } = workerData;

/**
 * What piscina runs: the work, which says first that it has begun, and returns what it throws. So whatever else a task ends
 * with is the end of its thread, and it is known whether the work had begun by then.
 */
const runs =
  (work) =>
  ([requestId, attempt, type, payload, deadline, flag, ownFlags]) => {
    Atomics.store(ownFlags ?? begun, flag, 1);
    try {
      const result = work({ requestId, attempt, type, payload, deadline });
      return typeof result?.then === 'function' ? Promise.resolve(result).catch(carry) : result;
    } catch (thrown) {
      return carry(thrown);
    }
  };

const carry = (thrown) => ({ 'plimsoll.thrown': thrown });

const workIn = (found) => {
  if (typeof found[exportName] === 'function') return runs(found[exportName]);
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
