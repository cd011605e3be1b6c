import { growFloats } from './typed-arrays.ts';

/**
 * Mean and spread of latencies, by component index. Weights are those of a ForwardDecay: the caller divides by that of now.
 */
export class WeightedMoments {
  count = new Float64Array(8);
  private sum = new Float64Array(8);
  private squares = new Float64Array(8);

  add(i: number, value: number, weight: number): void {
    this.count[i]! += weight;
    this.sum[i]! += value * weight;
    this.squares[i]! += value * value * weight;
  }

  scale(i: number, by: number): void {
    this.count[i]! *= by;
    this.sum[i]! *= by;
    this.squares[i]! *= by;
  }

  rescale(by: number): void {
    for (let i = 0; i < this.count.length; i++) this.scale(i, by);
  }

  mean(i: number): number {
    return this.sum[i]! / this.count[i]!;
  }

  /** Standard error of the mean. @param w weight of one execution now. */
  error(i: number, w: number): number {
    const mean = this.mean(i);
    const variance = Math.max(0, this.squares[i]! / this.count[i]! - mean * mean);
    return Math.sqrt((variance * w) / this.count[i]!);
  }

  grow(size: number): void {
    this.count = growFloats(this.count, size);
    this.sum = growFloats(this.sum, size);
    this.squares = growFloats(this.squares, size);
  }
}
