/** The compiler, as a file to run with node. */
export declare const tsc: string;
