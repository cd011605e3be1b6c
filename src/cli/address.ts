import { announced } from '../inspector/discovery.ts';

/** Where an inspector is, and the token for it. */
export interface Address {
  readonly origin: string;
  readonly token: string;
  /** As a browser opens it. */
  readonly url: string;
}

/**
 * The inspector that a command line names, else the youngest that runs on this machine.
 * @throws Error that says what to do.
 */
export function addressOf(given: string | undefined): Address {
  const url = given ?? announced().at(-1)?.url;
  if (url === undefined) {
    throw new Error(
      'No inspector was announced on this machine. Start one (npm start -- --inspect, or inspect(balancer, { announce: true })), or give its address.',
    );
  }
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new Error(
      `'${url}' is no address. Expected what the inspector printed: http://127.0.0.1:<port>/#token=<token>`,
    );
  }
  const token = /^#token=(.+)$/.exec(parsed.hash)?.[1];
  if (token === undefined) throw new Error('The address has no token. Give all of it, with #token=…, in quotes.');
  return { origin: parsed.origin, token, url };
}
