const fs = require('fs')
const cronium = require('./cronium.js') // the helpers

// Without semicolons.
const a = cronium.input().value
cronium.input().items.forEach(item => console.log(item.price))
function save (key, value) { cronium.setVariable(key, value); return cronium.getVariable(key) ** 2 }
const twice = (key) => save(key, 1) + save(key, 2)
const mean = function (...numbers) {
  const one = (n) => Number(cronium.getVariable(n))
  let sum = 0
  for (const n of numbers) sum += one(n)
  return sum / numbers.length
}
class Store {
  keep (v) { cronium.setVariable('kept', v); return this }
  static read (name) { return cronium.getVariable(name) }
}
const tools = { later: null, double: (name) => 2 * cronium.getVariable(name) }
new Store().keep(twice('a'))
if (mean('seen', 'rate') > 3) cronium.output({ a, kept: Store.read('kept'), double: tools.double('seen') })
setTimeout(() => cronium.setCondition(true), 5)
fs.readFile('no such file', (err, data) => { cronium.setVariable('err', err ? err.code : 'none') })
;(function () { cronium.setVariable('iife', 1) })()
function retry (work) { for (let i = 0; i < 3; i++) { try { return work() } catch (e) { console.log('again') } } }
console.log(retry(() => cronium.getVariable('region')))
console.log(a)
