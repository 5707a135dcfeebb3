// Old JavaScript, so that a Node that is too old for the rest can run it and print one clear line.
const required = require('../package.json').engines.node.replace('>=', '');
const found = process.versions.node;
const [major, minor] = found.split('.').map(Number);
const [wantedMajor, wantedMinor] = required.split('.').map(Number);
if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
  console.error(`error: this is Node ${found}; expected ${required} or later, from https://nodejs.org`);
  process.exit(1);
}
