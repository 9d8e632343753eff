import { Refusal } from './refusal.ts';

/** What is wrong with a signature. Different secrets on both sides cause only `mismatch`, strangers mostly the others. */
export const signatureFaults = ['missing', 'malformed', 'mismatch'] as const;
export type SignatureFault = (typeof signatureFaults)[number];

/** A delivery that is refused because of its signature. */
export class SignatureRefusal extends Refusal {
  readonly fault: SignatureFault;

  constructor(fault: SignatureFault, message: string) {
    super(fault === 'missing' ? 'no_signature' : 'bad_signature', message);
    this.name = 'SignatureRefusal';
    this.fault = fault;
  }
}
