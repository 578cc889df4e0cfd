// The helpers of the runtime API.
const http = require('http');

function call(method, path, body) {
  const url = `${process.env.CRONIUM_RUNTIME_API}/executions/${process.env.CRONIUM_EXECUTION_ID}/${path}`;
  const headers = {
    Authorization: `Bearer ${process.env.CRONIUM_EXECUTION_TOKEN}`,
    'Content-Type': 'application/json',
  };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => {
      let text = '';
      response.on('data', (part) => { text += part; });
      response.on('end', () => {
        if (response.statusCode === 404) {
          resolve(undefined);
        } else if (response.statusCode >= 300) {
          reject(new Error(`${method} ${path}: ${response.statusCode}`));
        } else {
          resolve(text ? JSON.parse(text) : undefined);
        }
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

module.exports = {
  input: () => call('GET', 'input'),
  output: (value) => call('POST', 'output', value),
  event: async () => (await call('GET', 'context')).event,
  setCondition: (condition) => call('POST', 'condition', { condition: Boolean(condition) }),
  getVariable: async (name) => (await call('GET', `variables/${encodeURIComponent(name)}`))?.value,
  setVariable: (name, value) => call('PUT', `variables/${encodeURIComponent(name)}`, {
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }),
};
