/** What an operator of the worker sees: health, metrics, the catalog in force. */
package io.flowcore.worker.observe;
