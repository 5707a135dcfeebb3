/** A rejection that nobody handles would end a process of the project. Mocha hears of it and says nothing. */
process.on('unhandledRejection', (reason) => {
  throw reason;
});
