/** What the person looks at: the server sends nothing else. */
export interface Wished {
  /** Key of the actor whose statechart is shown. */
  readonly focus: string;
  readonly messages: boolean;
  readonly visible: boolean;
}

const RETRY_MS = 500;

/**
 * Keeps the server told of what the person looks at. Calls go over connections of their own, where they can overtake each
 * other and get lost. So there is one at a time, always of the latest wishes, until the server has these.
 */
export class Wishes {
  latest: Wished;
  /** What the server was told on the line of now; undefined without a line. */
  private told: Wished | undefined;
  private telling = false;
  private readonly send: (wished: Wished) => Promise<boolean>;

  /** @param send resolves to whether the server has taken it, and never rejects. */
  constructor(first: Wished, send: (wished: Wished) => Promise<boolean>) {
    this.latest = first;
    this.send = send;
  }

  want(changes: Partial<Wished>): void {
    this.latest = { ...this.latest, ...changes };
    void this.tell();
  }

  /** @param told what the server knows of a line that has just been opened. */
  opened(told: Wished): void {
    // a copy, which tells this line from the one before
    this.told = { ...told };
    void this.tell();
  }

  closed(): void {
    this.told = undefined;
  }

  private async tell(): Promise<void> {
    if (this.telling) return;
    this.telling = true;
    while (this.told !== undefined && !isSame(this.told, this.latest)) {
      const { told, latest } = this;
      const taken = await this.send(latest);
      // unless the call was about a line that has been followed by another
      if (taken && this.told === told) this.told = latest;
      else if (!taken) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    this.telling = false;
  }
}

const isSame = (a: Wished, b: Wished): boolean =>
  a.focus === b.focus && a.messages === b.messages && a.visible === b.visible;
