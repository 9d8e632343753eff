import type { TestProject } from 'vitest/node';
import { findHelm, type HelmMajor, helmMajors } from './find-helm.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    helm: Record<HelmMajor, string>;
  }
}

/** Downloads Helm once before all test files, so that the files do not download it concurrently. */
export function setup(project: TestProject): void {
  const [newer, older] = helmMajors.map((major) => findHelm(major));
  project.provide('helm', { 4: newer ?? '', 3: older ?? '' });
}
