import type { WorkloadRequest } from '../domain/request.ts';
import type { Workload } from '../fleet/route.ts';
import { Attempt, Job, type JobCallbacks, JobState } from './job.ts';

/** Vacant attempts kept for re-use; more come from bursts and are left to the garbage collector. */
const KEEP_ATTEMPTS = 4_096;
/**
 * The same for jobs, about 10 MB of them. Without a bound all jobs of a flood would be kept for ever, and each collection of
 * young objects costs more the larger the old heap is (about 1 µs for each 256 kB in V8).
 */
const KEEP_JOBS = 16_384;

/**
 * All open jobs. A job without an id of its own is found by place and generation, which its generated id spells out,
 * so that no map is touched for it.
 */
export class JobTable {
  open = 0;
  readonly countByState = new Int32Array(4);
  /** By slot; undefined where the job was dropped. */
  private readonly jobs: (Job | undefined)[] = [];
  private readonly emptySlots: number[] = [];
  /** The latest generation of all dropped jobs: a job that starts from it gets ids that none of them had. */
  private firstGeneration = 0;
  private readonly vacant: Job[] = [];
  private readonly attempts: Attempt[] = [];
  private readonly byId = new Map<string, Job>();
  private readonly prefix: string;
  private readonly host: JobCallbacks;
  private nextSeq = 0;

  /** @param prefix begins each generated id; must not occur in ids of other balancers of the same log. */
  constructor(prefix: string, host: JobCallbacks) {
    this.prefix = prefix;
    this.host = host;
  }

  /** A job that is not open yet; whoever takes it fills it in, and admits or discards it. */
  acquire(request: WorkloadRequest, workload: Workload): Job {
    const job = this.vacant.pop() ?? this.make(workload);
    job.request = request;
    job.workload = workload;
    return job;
  }

  /** The job is open, and found by its id. */
  admit(job: Job): void {
    job.seq = this.nextSeq++;
    if (job.givenId !== '') this.byId.set(job.givenId, job);
    this.open++;
  }

  private make(workload: Workload): Job {
    const slot = this.emptySlots.pop() ?? this.jobs.length;
    const job = new Job(slot, workload, this.host);
    job.generation = this.firstGeneration;
    this.jobs[slot] = job;
    return job;
  }

  private dropSlot(job: Job): void {
    this.firstGeneration = Math.max(this.firstGeneration, job.generation);
    this.jobs[job.slot] = undefined;
    this.emptySlots.push(job.slot);
  }

  /** Moves a job between states; the counts follow. */
  enter(job: Job, state: JobState): void {
    this.countByState[job.state]!--;
    this.countByState[state]!++;
    job.state = state;
  }

  release(job: Job): void {
    if (job.givenId !== '') this.byId.delete(job.givenId);
    this.countByState[job.state]!--;
    this.open--;
    this.discard(job);
  }

  /** Gives back a job that was never admitted. */
  discard(job: Job): void {
    job.clear();
    if (this.vacant.length < KEEP_JOBS) this.vacant.push(job);
    else this.dropSlot(job);
  }

  acquireAttempt(job: Job): Attempt {
    const attempt = this.attempts.pop() ?? new Attempt(job, this.host);
    attempt.job = job;
    attempt.workload = job.workload;
    attempt.type = job.type;
    attempt.metadata = job.metadata;
    attempt.cls = job.cls;
    attempt.generation = job.generation;
    return attempt;
  }

  releaseAttempt(attempt: Attempt): void {
    attempt.context = null;
    attempt.metadata = undefined;
    attempt.aborted = null;
    attempt.probe = false;
    attempt.blamed = 0;
    attempt.started = false;
    attempt.abandoned = false;
    attempt.demand = null;
    attempt.value = undefined;
    if (this.attempts.length < KEEP_ATTEMPTS) this.attempts.push(attempt);
  }

  /** The id of an open job. */
  idOf(job: Job): string {
    return job.givenId === '' ? this.generatedId(job.slot, job.generation) : job.givenId;
  }

  generatedId(slot: number, generation: number): string {
    return `${this.prefix}-${slot.toString(36)}.${generation.toString(36)}`;
  }

  find(id: string): Job | undefined {
    const given = this.byId.get(id);
    if (given !== undefined) return given;
    if (!id.startsWith(`${this.prefix}-`)) return undefined;
    const dot = id.lastIndexOf('.');
    const slot = Number.parseInt(id.slice(this.prefix.length + 1, dot), 36);
    const job = this.jobs[slot];
    if (job === undefined || job.state === JobState.vacant || job.givenId !== '') return undefined;
    return this.idOf(job) === id ? job : undefined;
  }

  /** Visits the open jobs; the visitor may release the one it is given. */
  forEachOpen(visit: (job: Job) => void): void {
    for (let slot = 0; slot < this.jobs.length; slot++) {
      const job = this.jobs[slot];
      if (job !== undefined && job.state !== JobState.vacant) visit(job);
    }
  }
}
