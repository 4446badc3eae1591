/** What the worker reports to administrators: metrics and readiness. */
package io.flowcore.worker.observe;
