// Plain JavaScript of any age, since it runs on the Node that is too old for the rest.
var required = require('../package.json').engines.node.replace('>=', '');
var found = process.versions.node;
var wanted = required.split('.').map(Number);
var has = found.split('.').map(Number);
var difference = has[0] - wanted[0] || has[1] - wanted[1] || has[2] - wanted[2];
if (difference < 0) {
  console.error(['error: this is Node', found + '; expected', required, 'or later, from https://nodejs.org'].join(' '));
  process.exit(1);
}
