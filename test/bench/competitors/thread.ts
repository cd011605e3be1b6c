/** What the threads of piscina run. */
export default (payload: unknown): unknown => payload;
