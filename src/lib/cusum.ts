/** Share that what is bad fails. */
const BAD = 0.9;

/**
 * What one more outcome tells of whether something has gone bad, in the cumulative sum test (Page 1954): the logarithm of how much
 * likelier it is for what fails 90 % than for what fails as is usual. Sums of it that never fall below 0 tell of a change as
 * soon as any test can that errs as seldom: chance brings them above h once in eʰ outcomes at most.
 * @param usual share that is usual, above 0; one that is 90 % or more tells nothing.
 */
export function evidence(failed: boolean, usual: number): number {
  const share = Math.min(usual, BAD);
  return failed ? Math.log(BAD / share) : Math.log((1 - BAD) / (1 - share));
}

/** What each failure of a row without a success tells besides: that row is as unlikely as all its failures together, and no test is needed. */
export const IN_A_ROW = -Math.log(BAD);
