const cronium = require('./cronium.js')
let sum = 0
cronium.input().items.forEach(item => cronium.setVariable('price', item.price))
;[1, 2, 3].forEach((n, i) => {
  if (n === 2) return
  n += i
  sum += n
  cronium.setVariable('n' + i, n)
  console.log(i, n, cronium.getVariable('n' + i))
});
Object.entries(cronium.event()).forEach(function ([key, value]) { cronium.setVariable(key, value) })
const { items } = cronium.input()
if (sum) items.filter(({ price }) => price).forEach(({ price }) => { for (const q of ['q']) cronium.setVariable(q, price) }); else items.forEach(x => cronium.output(x))
function each (prefix) {
  Object.keys({ a: 1, b: 2 }).forEach((key) => {
    [1, 2].forEach((j) => cronium.setVariable(prefix + key, `${cronium.getVariable(prefix + key)},${j}`))
  })
}
each('all_')
cronium.output(cronium.getVariable('all_b'))
