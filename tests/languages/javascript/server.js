#!/usr/bin/env node
'use strict';

const http = require('http');
const { join, resolve: absolute } = require('path'), version = require('./package').version;
var debug = require('debug')('server');
require('./setup');
import('./lazy').then(run);

/**
 * Creates an application.
 */
exports = module.exports = createApplication;

function createApplication(options) {
  var app = function (req, res, next) {
    app.handle(req, res, next);
  };
  app.listen = function listen(port) { return http.createServer(this).listen(port); };
  return app;
}

exports.Router = Router;
exports.version = version;
exports.late = void 0;
exports.level = 3;
exports.json = async function (value) { return JSON.stringify(value, replacer); };
module.exports.text = (value) => String(value);

// Old style classes.
function Router(path) {
  this.path = path;
  this.match = function (url) { return url === this.path; };
}

Router.prototype.use = function use(fn) {
  this.stack.push(fn);
};
Router.prototype['get'] = function () {};
Router.create = (path) => new Router(path);
Object.defineProperty(Router, 'x', { get: function () { return 1; } });

class Session extends require('events').EventEmitter {
  static count = 0;
  #store = null;
  onEnd = () => this.close();

  constructor(store, ...rest) {
    super();
    this.id = absolute(store);
    this.ended = false;
    if (store) { this.late = 1; }
  }

  static async *pages(limit = LIMIT) { yield* walk(limit); }
  get store() { return this.#store; }
  set store(value) { this.#store = value; }
  'quoted name'() {}
  close() { this.ended = true; }
}

@sealed
class Locked extends Session {}

const LIMIT = 100, replacer = function filter(key, value) { return value; };
let counter = 0, step = (n) => n + counter;
const [head, , ...tail] = process.argv;
const Named = class Inner extends Session { open() {} };

const handlers = {
  get: (req) => req.url,
  post(req) { return join(req.url, LIMIT); },
  'put': function (req) {},
  delete: Router,
  nested: { deep() { return debug; } },
};

function* ids() {
  const next = () => counter++;
  while (true) yield next();
}

(function () {
  var hidden = 1;
  function inside() { return hidden; }
  inside.call(handlers);
})();

process.on('exit', function onExit(code) { debug(code, step); });
export const shared = { ...handlers, counter }, other = shared;
export { ids, step as increment };
export default { name: 'app', setup() { return head ? Locked : tail; } };
const élan = () => <Session key={LIMIT}>{counter}</Session>;
