const cronium = require('cronium');

(async () => {
  await cronium.output(await cronium.input());
})();
