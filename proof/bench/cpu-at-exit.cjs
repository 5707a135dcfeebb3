// Loaded before a command, to learn what it costs from its start to its end: the last line of its output says so.
const { writeSync } = require('node:fs');

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeSync(1, `\n${JSON.stringify({ cpuMicros: user + system })}\n`);
});
