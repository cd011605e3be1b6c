/**
 * Closed forms of queueing theory. Times in units of the mean service time unless said; `load` is λ/(cμ), below 1.
 * Sources: Kleinrock, "Queueing Systems" I and II; Gross et al., "Fundamentals of Queueing Theory"; others beside the
 * formula.
 */

/** Erlang's C: the probability that a customer of M/M/c waits. */
export function erlangC(c: number, load: number): number {
  const a = c * load;
  let blocking = 1; // Erlang's B by its recursion, which never overflows
  for (let k = 1; k <= c; k++) blocking = (a * blocking) / (k + a * blocking);
  return blocking / (1 - load * (1 - blocking));
}

/** Mean wait of M/M/c. */
export const waitMMc = (c: number, load: number): number => erlangC(c, load) / (c * (1 - load));

/** Mean wait of M/G/1 (Pollaczek, Khinchine); cv2 is the squared coefficient of variation of the service time. */
export const waitMG1 = (load: number, cv2: number): number => (load * (1 + cv2)) / (2 * (1 - load));

/**
 * Mean waits of M/M/c with non-preemptive classes, most important first (Cobham 1954).
 * @param loads λ_k/(cμ) of each class; their sum is below 1.
 */
export function waitsByPriority(c: number, loads: readonly number[]): number[] {
  const total = loads.reduce((sum, load) => sum + load, 0);
  const residual = erlangC(c, total) / c;
  let above = 0;
  return loads.map((load) => {
    const before = above;
    above += load;
    return residual / ((1 - before) * (1 - above));
  });
}

/** Share of customers that find M/M/c/K full; K counts those in service. */
export function blockingMMcK(c: number, k: number, load: number): number {
  let weight = 1;
  let sum = 1;
  for (let n = 1; n <= k; n++) {
    weight *= (c * load) / Math.min(n, c);
    sum += weight;
  }
  return weight / sum;
}

/**
 * Share of customers of M/M/c that give up because their wait would exceed τ (Barrer 1957; Gnedenko and Kovalenko). The
 * virtual wait has the density λ·p(c−1)·e^−(cμ−λ)w up to τ, and beyond it, where nobody joins, falls with cμ. The load may
 * exceed 1.
 */
export function reneging(c: number, load: number, tau: number): number {
  const a = c * load;
  let p = 1;
  let idle = 1; // Σ p(j) for j < c, in units of p(0)
  for (let j = 1; j < c; j++) {
    p *= a / j;
    idle += p;
  }
  const rate = c * (1 - load);
  const density = a * p;
  const joins = rate === 0 ? density * tau : (density * -Math.expm1(-rate * tau)) / rate;
  const leaves = (density * Math.exp(-rate * tau)) / c;
  return leaves / (idle + joins + leaves);
}

/** Mean wait of M/D/c (Pollaczek 1930; Crommelin 1932). */
export function waitMDc(c: number, load: number): number {
  let wait = 0;
  for (let i = 1; i <= 10_000; i++) {
    const mean = i * c * load;
    // P(X ≥ ic) and P(X ≥ ic + 1) of a Poisson variable, summed upwards from the tail's first term
    let term = Math.exp(-mean + i * c * Math.log(mean) - logFactorial(i * c));
    const first = term;
    let atLeast = 0;
    for (let j = i * c; term > 1e-18 * (atLeast + 1e-300); j++) {
      atLeast += term;
      term *= mean / (j + 1);
    }
    const part = atLeast - (atLeast - first) / load;
    wait += part;
    if (Math.abs(part) < 1e-12) break;
  }
  return wait;
}

const logFactorial = (n: number): number => {
  let sum = 0;
  for (let k = 2; k <= n; k++) sum += Math.log(k);
  return sum;
};

/** Mean time in system of E_n/M/1: what each of n servers is under round robin with Poisson arrivals. */
export function timeRoundRobin(n: number, load: number): number {
  // the root of σ = (nρ / (nρ + 1 − σ))^n below 1, by iteration from below
  let sigma = 0;
  for (let k = 0; k < 100_000; k++) sigma = ((n * load) / (n * load + 1 - sigma)) ** n;
  return 1 / (1 - sigma);
}

/** Mean time in system under the power of two choices as n grows (Mitzenmacher 1996): Σ λ^(2^i − 2). */
export function timeTwoChoices(load: number): number {
  let sum = 0;
  for (let i = 1; i < 40; i++) sum += load ** (2 ** i - 2);
  return sum;
}

/**
 * Waits of first-come-first-served customers before c equal servers, one by one (Kiefer and Wolfowitz 1955): the next
 * customer gets the server that is free first.
 * @param arrivals ascending. @param services same unit.
 */
export function waitsFcfs(c: number, arrivals: Float64Array, services: Float64Array): Float64Array {
  const freeAt = new Float64Array(c);
  return arrivals.map((at, n) => {
    let first = 0;
    for (let k = 1; k < c; k++) if (freeAt[k]! < freeAt[first]!) first = k;
    const start = Math.max(at, freeAt[first]!);
    freeAt[first] = start + services[n]!;
    return start - at;
  });
}

/**
 * Mean time in system of two M/M/1 servers under join the shortest queue, ties at random: the balance equations of the
 * chain (shorter, longer queue), cut off where the longer has `most` customers (the tail beyond is below 1e-9 at load 0.8),
 * solved by Gauss and Seidel. (The series of Kingman 1961 and Flatto and McKean 1977 give the same.)
 */
export function timeJsq2(load: number, most = 60): number {
  const arrival = 2 * load;
  const size = most + 1;
  const p = new Float64Array(size * size);
  const at = (i: number, j: number): number => (i <= j ? i * size + j : j * size + i);
  p.fill(1 / (size * size));
  for (let sweep = 0; sweep < 5_000; sweep++) {
    for (let i = 0; i <= most; i++) {
      for (let j = i; j <= most; j++) {
        const out = (j < most || i < j ? arrival : 0) + (i > 0 ? 1 : 0) + (j > 0 ? 1 : 0);
        let flow = 0;
        // an arrival joined the shorter, or made one of two equals the longer
        if (i > 0) flow += arrival * p[at(i - 1, j)]!;
        if (j === i + 1) flow += arrival * p[at(i, i)]!;
        // a departure from the shorter (or one of two equals, which are then two ways), or from the longer
        if (i + 1 <= j) flow += (i + 1 === j ? 2 : 1) * p[at(i + 1, j)]!;
        if (j < most) flow += p[at(i, j + 1)]!;
        p[at(i, j)] = flow / out;
      }
    }
  }
  let sum = 0;
  let customers = 0;
  for (let i = 0; i <= most; i++) {
    for (let j = i; j <= most; j++) {
      sum += p[at(i, j)]!;
      customers += (i + j) * p[at(i, j)]!;
    }
  }
  return customers / sum / arrival;
}
