import { createRequire } from 'node:module';

const project: { name: string; version: string } = createRequire(import.meta.url)('../../../package.json');

/**
 * Who asks, in the form Wikimedia wants, without the contact that only whoever runs this could give. Clients that send none
 * are turned away. https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy
 */
export const USER_AGENT = `${project.name}/${project.version} Node.js/${process.versions.node}`;
