/** What the receiver hands on: parsed by XState 4. */
export interface Received {
  readonly type: 'service.register' | 'service.state' | 'service.event' | 'service.stop';
  readonly sessionId: string;
  readonly id?: string;
  readonly parent?: string;
  /** A machine of XState 4. */
  readonly machine?: {
    readonly id: string;
    readonly states: Readonly<Record<string, unknown>>;
    transition(state: unknown, event: unknown): { readonly value: unknown };
  };
  readonly state?: { readonly value: unknown; readonly context: unknown; readonly event: { readonly type: string } };
  readonly event?: { readonly name: string; readonly data: unknown; readonly origin?: string };
}

export declare function createWebSocketReceiver(options: { readonly server: string }): {
  send(event: object): void;
  subscribe(next: (event: Received) => void, error?: (error: unknown) => void): { unsubscribe(): void };
};

export declare const versions: { readonly inspect: string; readonly xstate: string };
