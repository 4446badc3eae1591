/** What the worker reports to operators: metrics and readiness. */
package io.flowcore.worker.observe;
